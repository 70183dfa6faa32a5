-- profile: full
-- Manual §6.10: debug.getinfo, and the lines, names and tracebacks it tells of.
local function fields(t) local names = {}; for k in pairs(t) do names[#names + 1] = k end; table.sort(names); return table.concat(names, " ") end
local function show(t, ...) local out = {}; for _, k in ipairs { ... } do out[#out + 1] = k .. "=" .. tostring(t[k]) end; return table.concat(out, " ") end
-- options
for _, what in ipairs { "S", "l", "u", "n", "t", "r", "f", "L", "Sl", "nSltufrL", "" } do print(what, fields(debug.getinfo(1, what))) end
print(fields(debug.getinfo(print))); print(fields(debug.getinfo(1)))
-- S
print(show(debug.getinfo(1, "S"), "source", "short_src", "what", "linedefined", "lastlinedefined"))
print(show(debug.getinfo(print, "S"), "source", "short_src", "what", "linedefined", "lastlinedefined"))
local function here()
  return debug.getinfo(1, "Sl")
end
print(show(here(), "what", "linedefined", "lastlinedefined", "currentline"))
for _, name in ipairs { "=name", "@file.lua", "return 1", "a\nb = 1", "=" .. ("n"):rep(80), "@" .. ("f"):rep(80), ("x"):rep(80) .. " = 1", "=", "@", "" } do
  local f = load("return 1", name); print(("%q"):format(debug.getinfo(f, "S").short_src), debug.getinfo(f, "S").source == name)
end
-- l, L: lines
print(debug.getinfo(1, "l").currentline, debug.getinfo(print, "l").currentline, debug.getinfo(2, "l").currentline)
local function lines(f) local t = debug.getinfo(f, "L").activelines; if not t then return "none" end; local out = {}; for k, v in pairs(t) do out[#out + 1] = k; assert(v == true) end; table.sort(out); return table.concat(out, " ") end
print(lines(here), lines(print), lines(load("\n\nlocal x = 1\n\nreturn x\n")), lines(load("")), lines(load("if a then\n b()\nelse\n c()\nend")), lines(load("local function f()\n\n return 1\nend")), lines(load("return function(...)\n print(...)\nend")()))
-- u
local up1, up2 = 1, 2
for _, f in ipairs { here, print, function() end, function(...) end, function(a, b) return up1, up2 end, function(a, ...) return up1 end, load("return 1") } do print(show(debug.getinfo(f, "u"), "nups", "nparams", "isvararg")) end
-- n: how a function was called
local function name() local i = debug.getinfo(2, "n"); return tostring(i.name) .. ":" .. i.namewhat end
local function caller() return (name()) end
global_caller = function() return (name()) end
local t = { method = function() return (name()) end, inner = { field = function() return (name()) end } }
print((caller())); print((global_caller())); print((t:method())); print((t.method())); print((t.inner.field())); print((t["method"]())); local key = "method"; print((t[key]())); print((({ function() return (name()) end })[1]()))
print((function() return (name()) end)()); print(select(2, pcall(caller))); local co = coroutine.wrap(caller); print((co()))
do local upvalue = function() return (name()) end; print((function() return (upvalue()) end)()) end
local function tail() return caller() end; print((tail()))
local mt = {}; for _, e in ipairs { "__index", "__add", "__concat", "__len", "__unm", "__eq", "__lt", "__le", "__call", "__newindex", "__close", "__band", "__shl", "__idiv" } do mt[e] = function() print(e, name()) return 1 end end
local m, m2 = setmetatable({}, mt), setmetatable({}, mt); local _ = m.x, m + 1, m .. "", #m, -m, m == m2, m < m2, m <= m2, m(), m & 1, m << 1, m // 1; m.x = 1; do local c <close> = m end
for a in function() print("for iterator", name()) end do end
-- t, r: tail calls and transferred values
local function istail() return debug.getinfo(1, "t").istailcall, debug.getinfo(2, "t").istailcall end
print(istail()); local function viatail() return istail() end; print(viatail()); print(show(debug.getinfo(1, "r"), "ftransfer", "ntransfer"))
-- f: the function itself; levels
print(debug.getinfo(1, "f").func ~= nil, debug.getinfo(here, "f").func == here, debug.getinfo(0, "f").func == debug.getinfo, debug.getinfo(0, "n").name)
print(debug.getinfo(100), debug.getinfo(-1), debug.getinfo(1e6)); print(debug.getinfo(1.0, "l").currentline)
-- other coroutines
co = coroutine.create(function(a) local b = a; coroutine.yield(b) end); coroutine.resume(co, 5)
print(show(debug.getinfo(co, 0, "Sn"), "what", "name"), show(debug.getinfo(co, 1, "Sl"), "what", "currentline"), debug.getinfo(co, 2)); coroutine.resume(co); print(debug.getinfo(co, 0), debug.getinfo(co, 1))
print(debug.getinfo(coroutine.create(here), 0), debug.getinfo(coroutine.running(), 1, "l").currentline)
-- errors
print(pcall(debug.getinfo)); print(pcall(debug.getinfo, 1, "X")); print(pcall(debug.getinfo, 1, ">")); print(pcall(debug.getinfo, "x")); print(pcall(debug.getinfo, {})); print(pcall(debug.getinfo, 1.5)); print(pcall(debug.getinfo, print, ">f")); print(pcall(debug.getinfo, 1, 5)); print(pcall(debug.getinfo, co)); print(pcall(debug.getinfo, co, "x")); print(pcall(debug.getinfo, 1, {}))
-- traceback
local function deep(n) if n == 0 then return debug.traceback("message", 1) end return (deep(n - 1)) end
print(deep(2)); print(debug.traceback("only the message", 100)); print(debug.traceback(nil)); print(debug.traceback({}) ~= nil, type(debug.traceback({})), debug.traceback(5)); print(debug.traceback("level 0", 0))
print((deep(40):gsub("\n[^\n]*deep[^\n]*", "|"))); print(debug.traceback(coroutine.create(print), "not started")); co = coroutine.create(function() local x = nil; x() end); coroutine.resume(co); print(debug.traceback(co)); print(debug.traceback(co, nil, 1)); print(debug.traceback(co, "with a message", 0))
print(tostring(debug.traceback(print) == print), pcall(debug.traceback, "m", "x")); print(xpcall(function() local function inner() error("E") end inner() end, debug.traceback))
