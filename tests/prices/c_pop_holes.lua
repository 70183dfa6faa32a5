-- Taking the last item off uncovers a run of holes.
local t = {}
local function fill() for i = 1, 1000 do t[i] = i end for i = 2, 999 do t[i] = nil end end
print('ready')
while true do fill() t[1000] = nil end
