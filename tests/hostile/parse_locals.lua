-- threat: PARSE-3
local s = {} for i = 1, 300 do s[i] = "local a" .. i end return load(table.concat(s, "\n"))
