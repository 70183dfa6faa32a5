-- A long key that met its tombstone, in tables behind one another.
local n = 1000000
local a = ('x'):rep(n)
local t
for i = 1, 8 do
  local link = {[a] = 1}
  link[a] = nil
  t = setmetatable(link, {__index = t})
end
print('ready')
while true do local _ = t[a] end
