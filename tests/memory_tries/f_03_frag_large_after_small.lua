-- All small, then all large, then all of middle size, then all small again.
local function fill(size)
  local t = {}
  pcall(function() local n = 0 while true do n = n + 1 t[n] = ("x"):rep(size + n % 7) end end)
  return t[#t]
end
local kept = {}
for _, size in ipairs {50, 900000, 3000, 14000000, 200, 60000, 90, 1000000} do
  kept[#kept + 1] = #fill(size) < 100000 and fill(size) or nil
  collectgarbage()
end
