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
