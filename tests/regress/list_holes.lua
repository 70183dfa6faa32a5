-- Borders of constructors and packed lists with nils are PUC's.
local function f(...) return #{...}, #table.pack(...), select("#", ...) end
print(#{1, 2, 3, nil, 5}, #{n = 1, nil, 2}, #{nil, nil, 3}, #{nil}, #{nil, nil}, #{1, nil})
print(f(nil, nil, 3)) print(f(1, nil, 3)) print(f()) print(f(1, nil))
local t = {[1] = 5, [2] = 6, nil, 7}
print(#t, t[1], t[2])
local long = load("return {" .. ("nil,"):rep(120) .. "1}")()
print(#long, long[121], next(long))
long[#long + 1] = 2
print(long[121], long[122])
print(pcall(table.sort, {1, nil, 3, 4, 5, 6, 7, 8, 9, 10, 11, nil, 12}))
print(table.unpack({1, nil, 3}))
for k, v in pairs({nil, "b", nil, "d", x = 1}) do io = k print(k, v) end
-- A nil of the list comes after what stands in brackets, at its end too.
local u = {[1] = "a", [2] = "b", [3] = "c", 1, nil}
print(u[1], u[2], u[3])
u = {1, 2, [3] = "c", [4] = "d", nil, nil}
print(u[1], u[2], u[3], u[4], #u)
u = {[1] = "a", [2] = "b", f and nil}
print(u[1], u[2])
u = {[2] = "b", [3] = "c", (function() return 1, nil, nil end)()}
print(u[1], u[2], u[3])
