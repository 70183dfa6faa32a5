-- threat: PARSE-2
return load("while true do " .. ("x = x "):rep(50000) .. " if x then break end end") ~= nil
