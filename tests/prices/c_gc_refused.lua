-- mem=32M Requests that are refused and collect.
local pcall, t = pcall, {}
for i = 1, 100000 do t[i] = {i} end
local f = function() return ('x'):rep(20000000) end
print('ready')
while true do pcall(f) end
