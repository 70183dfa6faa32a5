-- An error closes thousands of variables and upvalues.
local pcall, error, keep = pcall, error
local mt = {__close = function() end}
local o = setmetatable({}, mt)
local function rec(n)
  local a, b, c = n, n, n
  keep = function() return a + b + c end
  if n % 10 == 0 then
    local x <close> = o
    if n > 0 then return rec(n - 1) + 1 end
    error()
  end
  return rec(n - 1) + 1
end
print('ready')
while true do pcall(rec, 1500) end
