-- One of each family of instructions.
local a, b, c = 7, 2.5, "10"
local t = {x = 1, y = {z = 2}, 10, 20, 30}
local n = a + b - 1 * 2 / 4 % 3 ^ 2 // 1
n = n + (a & 3 | 4 ~ 1) + (a << 2 >> 1) + ~a + -b + #t + #c + c * 1
n = n + (1 + a) + (a - 1) + (a * 3) + (a & 15) + (a | 1) + (a ~ 3) + (a // 2) + a % 4 + (2 ^ a)
local s = a .. b .. c .. "x"
local i = 1
while i < 10 do i = i + 1 if i == 5 then goto out end end
::out::
repeat local k = i i = i - 1 until k <= 2
for j = 1, 3 do n = n + j end
for j = 3, 1, -1 do n = n + j end
for j = 1.0, 2.0, 0.5 do n = n + j end
for k, v in pairs(t) do if type(v) == "number" then n = n + v end end
for k, v in ipairs(t) do n = n + k * v end
t[1], t.x, t["y"], t[a], t[b] = t[2], t[3], nil, 8, 9
t[i] = t[i] or (a == 7 and b ~= 2 and a < b and a <= 7 and a > 1 and a >= 2 and not t.q)
local function v(...)
  local p, q = ...
  local all = {...}
  return select("#", ...), p, q, #all, ...
end
local r = {v(1, nil, 3)}
local w = {v(), v(1), (v(2, 3))}
local function fact(k) if k < 2 then return 1 end return k * fact(k - 1) end
local function tail(k) if k == 0 then return "end" end return tail(k - 1) end
function t:method(k) return self == t and k end
local up = 0
local function count() up = up + 1 return up end
count() count()
do local z <close> = setmetatable({}, {__close = function() up = up + 10 end}) local k <const> = 5 up = up + k end
GLOBAL = (GLOBAL or 0) + 1
local big = {}
for k = 1, 60 do big[k] = k end
local cmp = 0
for _, q in ipairs {1, 2.5, "a"} do if q == 1 or q == 2.5 or q == "a" then cmp = cmp + 1 end end
return s == "72.510x" and r[1] == 3 and #w == 3 and fact(10) == 3628800 and tail(20) == "end"
  and t:method(3) == 3 and up == 17 and GLOBAL >= 1 and #big == 60 and cmp == 3
  and math.type(n) == "float"
