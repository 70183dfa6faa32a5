-- Errors in a chunk that is named after its long text.
local f, pcall = load('error() ' .. (' '):rep(1000000)), pcall
local g = load(('-'):rep(1000000) .. '\nlocal a a()')
print('ready')
while true do pcall(f) pcall(g) end
