-- An overflow inside the handler of an overflow.
local function loop(x, y, z) return 1 + loop(x, y, z) end
print(xpcall(loop, function(message)
  print((string.find(message, "stack overflow")) ~= nil)
  print(pcall(loop))
  return 15
end, nil, 1))
