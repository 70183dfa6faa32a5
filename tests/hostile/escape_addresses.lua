-- threat: ESC-3
return tostring({}):match("0x%x+") ~= nil, string.format("%p", print) == string.format("%p", print)
