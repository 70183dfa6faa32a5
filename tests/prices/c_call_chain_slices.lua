-- slice=1000 mem=128M A long chain of __call: who is refused must not walk it anew in each slice.
local o = function() end
for i = 1, 190000 do o = setmetatable({}, { __call = o }) end
print('ready')
while true do o() end
