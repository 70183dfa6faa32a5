-- Constructors of long lists of nils.
local f = load('while true do local t = {' .. ('nil,'):rep(10000) .. '1} end')
print('ready')
f()
