local a, b, c
local function f() local function g() a = b; return function() c = a end end return g end
