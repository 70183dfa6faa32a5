-- mem=128M Long chains of ephemerons.
local keys, chain, n = {}, setmetatable({}, {__mode = 'k'}), 40000
for i = 1, n + 1 do keys[i] = {} end
for i = 1, n do local at = i * 7919 % n + 1 chain[keys[at]] = keys[at + 1] end
local first = keys[1] keys = nil
print('ready')
while true do local s = ('x'):rep(1000000) end return first
