-- threat: PARSE-4
local ok, why = load("x = " .. ("y"):rep(1000000) .. " z = = 1") return ok, #why < 200
