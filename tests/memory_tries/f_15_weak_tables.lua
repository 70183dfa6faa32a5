-- Weak tables of each mode, listed, with entries.
for _, mode in ipairs {"k", "v", "kv"} do
  local t, n, mt = {}, 0, {__mode = mode}
  pcall(function() while true do n = n + 1 t[n] = setmetatable({[n] = t}, mt) end end)
  print(n)
  t = nil
  collectgarbage()
end
