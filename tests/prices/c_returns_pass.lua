-- 190 results handed on from function to function.
local f = load('local function f() return ' .. ('1,'):rep(189) .. '1 end local function g() return f() end local function h() return (f()), g() end while true do h() end')
print('ready')
f()
