-- Ends in an error with a traceback through Lua and library functions.
local function compare(a, b)
  if a == 13 then local nothing; nothing.field = b end
  return a < b
end
local t = {}
for i = 1, 40 do t[i] = (i * 7) % 41 end
local function sorter() table.sort(t, compare) end
local co = coroutine.wrap(function() sorter() end)
print("before")
co()
