-- threat: MEM-2
local t = {} for i = 1, 1e9 do t[i] = load("return function(" .. ("a"):rep(1000) .. i .. ") end") end
