-- threat: PARSE-3
local s = {} for i = 1, 300 do s[i] = "local a" .. i .. " = " .. i end return load("function f() " .. table.concat(s, " ", 1, 150) .. " return function() " .. table.concat(s, " ", 151) .. " end end")
