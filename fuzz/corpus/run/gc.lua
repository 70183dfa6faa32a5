local t = setmetatable({}, {__mode = "k"})
for i = 1, 50 do t[{}] = i end
collectgarbage()
local n = 0 for _ in pairs(t) do n = n + 1 end
print(n, collectgarbage("count") > 0)
setmetatable({}, {__gc = function() print("gc") end}) collectgarbage()
