-- Tables of each small shape.
for _, make in ipairs {function() return {} end, function(n) return {n} end, function(n) return {x = n} end,
    function(n) return {n, n, n} end, function(n) return {a = n, b = n, c = n} end, function(n) return {n, x = n} end} do
  local t, n = {}, 0
  pcall(function() while true do n = n + 1 t[n] = make(n) end end)
  print(n)
  t = nil
  collectgarbage()
end
