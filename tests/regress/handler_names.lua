-- How message handlers, metamethods and iterators are called in tracebacks.
local function trace(source)
  local chunk = assert(load(source, "=s"))
  print((select(2, xpcall(chunk, function() return debug.traceback("", 1) end)):match("traceback:(.-)%[C%]: in function 'xpcall'")))
end
trace "local a; a.x = 1"
trace "local t = {} return t.x.y"
trace "return 'a' + 1"
trace "undefined()"
trace "for k in nil do end"
trace "error('x')"
trace "for x in string.gmatch('x', '(') do end"
