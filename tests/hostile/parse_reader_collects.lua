-- threat: PARSE-5
local s = "return " .. ("1"):rep(10) return load(function() collectgarbage() local r = s s = nil return r end, ("name"):rep(100))()
