-- threat: CPU-6
local s = ("\u{7FFFFFFF}"):rep(100000) while true do utf8.len(s, 1, -1, true) end
