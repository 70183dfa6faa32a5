-- Error values and messages that are kept, and errors in the handling of errors.
local t = {}
print(pcall(function() while true do local _, e = xpcall(error, debug.traceback, ("x"):rep(1000) .. #t) t[#t + 1] = e .. "" end end))
t = {}
print(pcall(function() while true do local _, e = pcall(error, {#t}) t[#t + 1] = e end end))
