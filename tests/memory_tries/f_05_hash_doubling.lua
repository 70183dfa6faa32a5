-- Hash parts: integers, floats and strings as keys.
for _, key in ipairs {function(i) return -i end, function(i) return i + 0.5 end, function(i) return "k" .. i end} do
  local t = {}
  print(pcall(function() for i = 1, 1e9 do t[key(i)] = i end end))
  t = nil
  collectgarbage()
end
