--strict
-- Stacks of their own, that grow, are dropped in the middle, are closed and fail.
local function deep(n) if n == 0 then coroutine.yield("bottom") return 0 end return 1 + deep(n - 1) end
local made = {}
for i = 1, 12 do made[i] = coroutine.create(function(a, ...) local b = coroutine.yield(a, ...) return deep(i * 6) + b end) end
local n = 0
for i, co in ipairs(made) do
  local ok, a, b = coroutine.resume(co, i, "x")
  local ok2, c = coroutine.resume(co, 100)
  if ok and ok2 and a == i and b == "x" and c == "bottom" then n = n + 1 end
  if i % 3 == 0 then local _, r = coroutine.resume(co) n = n + r end
  if i % 3 == 1 then coroutine.close(co) end
end
local closed = 0
local co = coroutine.create(function()
  local c <close> = setmetatable({}, {__close = function() closed = closed + 1 coroutine.yield(1) closed = closed + 1 end})
  pcall(function() coroutine.yield(2) error("e") end)
  table.sort({3, 2, 1}, function(a, b) coroutine.yield(3) return a < b end)
  for k in pairs({1}) do coroutine.yield(k) end
  local s = ("abc"):gsub(".", function(c) coroutine.yield(c) return c .. c end)
  return s
end)
local out = {}
while coroutine.status(co) ~= "dead" do local t = table.pack(coroutine.resume(co)) out[#out + 1] = tostring(t[2]) end
local w = coroutine.wrap(function() error({code = 5}) end)
local ok, e = pcall(w)
local function gen(k) return coroutine.wrap(function() for i = 1, k do coroutine.yield(i, coroutine.running()) end end) end
local s = 0
for i in gen(15) do for j in gen(2) do s = s + i * j end end
local mine, main = coroutine.running()
return n >= 12 and closed == 2 and not ok and e.code == 5 and s == 360 and main ~= nil
  and not coroutine.resume(made[1]) and out[#out] == "aabbcc"
