local t = {1, 2, 3, x = 1, y = 2}
for k in pairs(t) do t[k] = nil end
print(next(t), rawlen({1, 2}), rawequal(t, t), rawget(t, "x"), pcall(next, t, "gone"))
for i, v in ipairs({1, 2, nil, 4}) do print(i, v) end
