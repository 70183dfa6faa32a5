-- An overflow inside the handler of an overflow.
local function loop(x, y, z) return 1 + loop(x, y, z) end
print(xpcall(loop, function(message)
  print((string.find(message, "stack overflow")) ~= nil)
  print(pcall(loop))
  return 15
end, nil, 1))
-- And again: the room that the handler had is given back.
print(xpcall(loop, function() return 16, pcall(loop) end, nil, 1))
local function deep(n) if n > 0 then return 1 + deep(n - 1) end return (select(2, xpcall(loop, function() return 17 end))) end
print(deep(1000), deep(100000))
