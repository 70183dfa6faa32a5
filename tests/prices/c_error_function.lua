-- mem=256M Errors in a function of 200,000 instructions.
local text = 'local t = ... goto go do ' .. ('x=y '):rep(100000) .. ' end ::go:: return t.a.b.c'
local f, pcall, t = load(text, '=b'), pcall, {}
print('ready')
while true do pcall(f, t) end
