-- Array and hash parts: growth, holes, removal, iteration while fields are cleared.
local t = {}
for i = 1, 70 do t[i] = i t["k" .. i] = i t[i + 0.5] = i t[-i] = i end
local n = 0
for k, v in pairs(t) do n = n + v if v % 2 == 0 then t[k] = nil end end
for i = 1, 70, 3 do t[i] = nil end
for i = 70, 1, -1 do t[i] = "s" .. i end
t[true] = 1 t[t] = 2 t[print] = 3 t[function() end] = 4
local m = table.move(t, 1, 30, 1, {})
table.move(m, 1, 29, 2)
for i = 1, 20 do table.insert(m, 11, {i}) end
for i = 1, 10 do table.remove(m, 11) end
local p = table.pack(table.unpack(t, 1, 40))
local c = table.concat(t, ",", 1, 9)
local q = {}
for i = 1, 40 do q[#q + 1] = {q[#q]} end
while #q > 0 do q[#q] = nil end
for i = 1, 40 do q[2 ^ (i % 10)] = i end
local reverse = {}
for i = 40, 1, -1 do reverse[i] = i end
local ok = not pcall(next, {}, "none") and not pcall(function() t[nil] = 1 end)
  and not pcall(function() t[0 / 0] = 1 end)
local nested = {}
for i = 1, 30 do nested = {nested, i, k = nested} end
return n == 2485 * 4 and p.n == 40 and #reverse == 40 and c == "s1,s2,s3,s4,s5,s6,s7,s8,s9" and ok
  and rawlen(t) == 70 and rawget(t, true) == 1 and next({}) == nil and rawequal(t, t)
