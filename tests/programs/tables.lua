-- The table library, lengths, order, holes, growth and removal.
local t = {}
for i = 1, 100 do table.insert(t, i) end
for i = 1, 50 do table.insert(t, 1, -i) end
for i = 1, 30 do table.remove(t, 1) end
print(#t, t[1], t[#t], table.remove(t), table.remove(t, 5), #t)
print(table.concat(t, ",", 1, 20), pcall(table.concat, { 1, {}, 3 }), table.concat({}), table.concat({ 1, 2.5, "x" }, "--"))
print(table.unpack({ 1, 2, 3 }), table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2 }, 1, 4), select("#", table.unpack({}, 1, 300)))
local p = table.pack(1, nil, 3, nil)
print(p.n, #table.pack(), p[3], pcall(table.unpack, {}, 1, 1e7))
print(table.concat(table.move({ 1, 2, 3, 4, 5 }, 2, 5, 1), ","), table.concat(table.move({ 1, 2, 3 }, 1, 3, 3), ","), #table.move({ 1, 2, 3 }, 1, 3, 1, {}))
print(pcall(table.insert, t, 1000, 1), pcall(table.insert, t), pcall(table.remove, t, 1000))
local function shuffled(n)
  local r, x = {}, 42
  for i = 1, n do x = (x * 1103515245 + 12345) % 2147483648; r[i] = x % 1000 end
  return r
end
local a = shuffled(300)
table.sort(a)
for i = 2, #a do assert(a[i - 1] <= a[i]) end
local b = shuffled(300)
table.sort(b, function(x, y) return x > y end)
print(a[1], a[150], a[300], b[1], b[150], b[300])
print(pcall(table.sort, { 3, 1, "x" }), pcall(table.sort, shuffled(100), function() return true end))
local words = {}
for w in ("the quick brown fox jumps over the lazy dog again and again"):gmatch("%a+") do words[#words + 1] = w end
table.sort(words)
print(table.concat(words, " "))
table.sort(words, function(x, y) if #x ~= #y then return #x < #y end return x < y end)
print(table.concat(words, " "))
local order = {}
local h = { z = 1, y = 2, x = 3, [10] = 4, [2.5] = 5, [true] = 6 }
h.w = 7 h.y = nil h.y = 8 h.v = 9 h.x = nil
for k, v in pairs(h) do order[#order + 1] = tostring(k) .. "=" .. tostring(v) end
print(table.concat(order, " "))
local g = {}
for i = 1, 500 do g["k" .. i] = i; g[i * 3] = i; g[i + 0.5] = i end
local sum, n = 0, 0
for k, v in pairs(g) do sum = sum + v; n = n + 1; if n % 2 == 0 then g[k] = nil end end
local left = 0
for _ in pairs(g) do left = left + 1 end
print(sum, n, left, next({}), next({ 5 }), pcall(next, {}, "nokey"))
for i = 1, 500 do g["k" .. i] = nil end
for i = 1, 100 do g[i] = i end
print(#g >= 100, rawlen({ 1, 2 }), rawget(g, 5), rawequal(g, g), rawset(g, "q", 1) == g)
local nested = {}
for i = 1, 50 do nested = { nested, i, name = "n" .. i } end
local depth = 0
while nested[1] do nested = nested[1]; depth = depth + 1 end
print(depth, #{ n = 1 }, #{ 1, 2, nil, 4 } > 0, #{ nil }, #{ nil, 2 } >= 0)
local big = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, a = 1, b = 2, [100] = 3, table.unpack({ 1, 2, 3 }) }
print(#big)
local proxy = setmetatable({}, { __index = function(_, i) if i <= 10 then return i * i end end, __len = function() return 10 end, __newindex = function(t, k, v) rawset(t, k, v) end })
print(table.concat(proxy, ","), table.unpack(proxy), #table.move(proxy, 1, 10, 1, {}))
table.insert(proxy, 5)
print(rawget(proxy, 11), #proxy)
local i = 0
for k, v in ipairs(setmetatable({}, { __index = function(_, k) if k < 20 then return k end end })) do i = i + v end
print(i)
for k, v in pairs(setmetatable({}, { __pairs = function(t) return function(_, k) k = (k or 0) + 1 if k < 5 then return k, k * 2 end end, t, nil end })) do i = i + k * v end
return i, #t, { 1, 2, { a = 1 } }
