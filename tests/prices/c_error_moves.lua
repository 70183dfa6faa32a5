-- mem=256M Errors whose operand came through moves in a large function.
local text = 'local a = ... goto go do ' .. ('x=y '):rep(50000) .. ' end ::go:: local b = a local c = b c()'
local f, pcall = load(text, '=b'), pcall
print('ready')
while true do pcall(f) end
