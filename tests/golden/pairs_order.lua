local t = { 10, 20, x = 1, y = 2, [3.5] = "f" }
t.z = 3
t[3] = 30
t.x = nil
t.w = 4
for k, v in pairs(t) do print(k, v) end
