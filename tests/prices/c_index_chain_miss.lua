-- Look-ups that miss caches at each of 1,990 tables.
local t = {}
for i = 1, 1990 do
  local m = {__index = t}
  for j = 1, 20 do m['f' .. j] = j end
  t = setmetatable({[i] = 1, b = 1, c = 2}, m)
end
print('ready')
while true do local x = t.a local y = t[0.5] local z = t[-1] end
