-- threat: MEM-1
local s = "" for i = 1, 200000 do s = s .. i end return #s
