local t = setmetatable({}, {__index = function(t, k) return k end})
while true do pcall(error) local _ = t[1] end
