--full
-- The exact loop: hooks, and what looks at frames.
local lines, calls = 0, 0
debug.sethook(function(event) if event == "line" then lines = lines + 1 else calls = calls + 1 end end, "lcr")
local function f(a, b, ...) local c = a + b return c, ... end
for i = 1, 5 do f(i, i, i) end
local s = ("x"):gsub("x", function() return f(1, 2) end)
debug.sethook()
debug.sethook(function() calls = calls + 1 end, "", 7)
for i = 1, 30 do local q = {i} end
debug.sethook()
local info = debug.getinfo(f, "SlnurfL")
local name, value = debug.getlocal(1, 1)
local function g(x) debug.setlocal(1, 1, 9) return x, debug.getinfo(1, "nl") end
local x = g(1)
local co = coroutine.create(function(p) local l = p coroutine.yield() return l end)
coroutine.resume(co, 3)
debug.sethook(co, function() end, "l")
local ln, lv = debug.getlocal(co, 1, 2)
coroutine.resume(co)
local reg = debug.getregistry and debug.getregistry()
debug.setmetatable(10, {__index = function(a, k) return k end})
local k = (10).field
debug.setmetatable(10, nil)
return lines > 10 and calls > 10 and info.nparams == 2 and info.isvararg and x == 9 and lv == 3 and k == "field"
  and name == "lines" and #debug.traceback() > 0
