do local a <close> = setmetatable({}, { __close = function(_, e) print("closed", e) end }) print("body") end
