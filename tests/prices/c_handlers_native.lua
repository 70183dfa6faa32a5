-- Native functions as metamethods: no instruction pays for the call.
local m = {__unm = type, __len = type, __add = type, __index = type, __newindex = type}
local t, x = setmetatable({}, m)
print('ready')
while true do
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
  x = -t x = #t x = t + t x = t.x t.x = 1
end
