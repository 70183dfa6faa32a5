-- Texts as of PUC 5.4.8, some of which changed since 5.4.4.
print(pcall(table.remove, { 1, 2, 3 }, 5))
print(pcall(table.remove, { 1, 2, 3 }, -1))
print(pcall(function() local t = {} return t[255].x end))
print(pcall(function() local t = {} return t[256].x end))
print(pcall(function() local t = {} return t[-1].x end))
-- The very function that scripts know.
print((pairs({})) == next)
-- Dividing by zero is no search for a metamethod: the handler of it has no such name.
print(select(2, xpcall(function() local n = 0 return 1 // n end, function(m)
  return (debug.traceback(m):gsub("0x%x+", ""))
end)))
print(select(2, xpcall(function() return 1 % 0 end, function(m) return debug.traceback(m) end)))
print(select(2, xpcall(function() return 1 + {} end, function(m) return debug.traceback(m) end)))
local function deep(n) if n == 0 then error("bottom") end return (deep(n - 1)) end
print(select(2, xpcall(deep, debug.traceback, 30)))
