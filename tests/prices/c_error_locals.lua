-- mem=256M Errors in a function with 50,000 local variables, one after the other.
local text = ('do local a end '):rep(50000) .. 'return function(t) ' .. ('do local a end '):rep(50000)
  .. ' end'
local body = 'local t = ... goto go do ' .. ('do local a end '):rep(50000) .. ' end ::go:: return t.x.y'
local f, pcall, t = load(body, '=b'), pcall, {}
print('ready')
while true do pcall(f, t) end
