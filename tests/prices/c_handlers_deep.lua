-- Errors below a hundred protected calls and many frames.
local pcall, error = pcall, error
local function rec(n)
  if n > 0 then local ok = pcall(rec, n - 1) return ok end
  while true do pcall(error) end
end
print('ready')
rec(150)
