-- threat: PARSE-3
local p = {} for i = 1, 300 do p[i] = "a" .. i end return load("local function f(" .. table.concat(p, ", ") .. ") end")
