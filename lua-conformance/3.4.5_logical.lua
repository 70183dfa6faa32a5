-- Manual §3.4.5: logical operators and short circuits.
print(10 or 20, 10 or error(), nil or "a", nil and 10, false and error(), false and nil, false or nil, 10 and 20)
print(not nil, not false, not 0, not "", not not 1, not not nil)
print(1 and 2 and 3, 1 and nil and 3, nil or false or 3, nil or false, false or nil, 1 or 2 and 3, nil and 1 or 2)
print((1 and nil) or "default", (nil == false) or "x", not (1 and 2), not (nil or false))
local calls = {}
local function t(n) calls[#calls + 1] = n; return n end
local function f(n) calls[#calls + 1] = -n; return nil end
local function show() local s = table.concat(calls, " "); calls = {}; return s end
local r = t(1) and f(2) and t(3); print(r, show())
r = f(1) or t(2) or t(3); print(r, show())
r = t(1) and t(2) or t(3); print(r, show())
r = f(1) and t(2) or t(3); print(r, show())
r = (f(1) or t(2)) and (f(3) or t(4)); print(r, show())
r = not (t(1) and f(2)) and t(3); print(r, show())
r = not f(1) == true and t(2); print(r, show())
if f(1) or t(2) and not f(3) then print("yes", show()) end
if not (f(1) or t(2)) then print("no") else print("else", show()) end
while f(1) and t(2) do end print(show())
local x = nil
local y = x and x.field
local z = x or { field = 1 }
print(y, z.field)
-- values cut to one in the middle, all at the end through parentheses only
local function two() return 1, 2 end
print(two() and two()); print((two() or 5)); print(nil or two()); print(two(), (two()))
-- comparison results
local a, b = 5, 10
print(a < b and "lt" or "ge", a > b and "gt" or "le", (a == 5 and b == 10), (a == 5) == (b == 10))
local m = a > b and a or b
print(m, a < b and not (a == b), a ~= b or nil, not (a < b) or not (b < a))
-- deep chains
local function chain(p, q, r, s) return p and (q or r) and s or (p or s) and not q end
for i = 0, 15 do
  local function bit(n) return i & n ~= 0 end
  calls[#calls + 1] = tostring(chain(bit(1), bit(2), bit(4), bit(8)))
end
print(table.concat(calls, " "))
local cnt = 0
for i = 0, 15 do
  local p, q, r, s = i & 1 ~= 0, i & 2 ~= 0, i & 4 ~= 0, i & 8 ~= 0
  if (p and q or r) and not (s and p) or (not q and not r and s) then cnt = cnt + (1 << i) end
end
print(cnt)
-- constants
print(nil and f(), false or true, true and "t", nil == nil and "eq", 1 == 1.0 and not nil, "" and 0)
local v = true; v = v and nil; print(v)
local w = nil; w = w or 7; w = w or 8; print(w)
