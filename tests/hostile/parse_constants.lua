-- threat: PARSE-2
local s = {} for i = 1, 20000 do s[i] = "x = " .. i .. ".5" end return load(table.concat(s, "\n")) ~= nil
