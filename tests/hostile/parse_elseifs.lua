-- threat: PARSE-2
return load("if a then " .. ("elseif b then "):rep(20000) .. "end") ~= nil
