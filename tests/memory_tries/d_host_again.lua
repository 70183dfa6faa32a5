-- calls whose arguments are dropped, again and again
local s, t = ("x"):rep(100000), {}
for i = 1, 100 do t[i] = s end
for i = 1, 200 do pcall(jido.file_exists, t) end
print(collectgarbage("count") < 4096)
