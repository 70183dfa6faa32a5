-- Objects with finalizers: alive, then all waiting at once, with the collector stopped.
local ran = 0
local mt = {__gc = function() ran = ran + 1 end}
for _ = 1, 3 do
  local t, n = {}, 0
  collectgarbage("stop")
  pcall(function() while true do n = n + 1 t[n] = setmetatable({}, mt) end end)
  t = nil
  collectgarbage("restart")
  collectgarbage()
end
print(ran > 0)
