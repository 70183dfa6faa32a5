-- Gotos that close upvalues.
local f
print('ready')
::again:: do local a, b, c, d = 1, 2, 3, 4 f = function() return a + b + c + d end goto again end
