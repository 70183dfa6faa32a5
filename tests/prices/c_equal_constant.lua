-- mem=256M == with a long constant.
local n = 6000000
local f = load("local s = ... local c = 0 while true do if s == '" .. ('x'):rep(n - 1) .. "y' then c = c + 1 end end")
print('ready')
f(('x'):rep(n - 1) .. 'z')
