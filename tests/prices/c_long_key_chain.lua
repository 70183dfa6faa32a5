-- A long key behind a long chain of tables that have an equal key's tombstone.
local a = ('x'):rep(10000)
local t
for i = 1, 1900 do
  local link = {[a .. ''] = 1}
  link[a] = nil
  t = setmetatable(link, {__index = t})
end
local b = ('x'):rep(9999) .. 'x'
print('ready')
while true do local _ = t[b] end
