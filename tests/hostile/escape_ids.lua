-- threat: ESC-3
local a, b = tostring({}), tostring({}) return a ~= b, #a == #b, tostring(print):match("^builtin") or tostring(print):match("^function")
