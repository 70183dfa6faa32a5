-- profile: full
-- What the debug library tells and changes: functions, variables, upvalues, metatables.
local function show(...)
  print(select("#", ...), ...)
end
local function fields(t)
  local out = {}
  for _, k in ipairs { "source", "short_src", "what", "currentline", "linedefined", "lastlinedefined", "name",
    "namewhat", "nups", "nparams", "isvararg", "istailcall", "ftransfer", "ntransfer" } do
    out[#out + 1] = k .. "=" .. tostring(t[k])
  end
  print(table.concat(out, " "))
end
local function sample(a, b, ...)
  local c = a
  return function() return a, c end
end
fields(debug.getinfo(sample))
fields(debug.getinfo(print))
fields(debug.getinfo(1))
local function inner() fields(debug.getinfo(1, "nSlutr")) end
inner()
local lines = {}
for l in pairs(debug.getinfo(sample, "L").activelines) do lines[#lines + 1] = l end
table.sort(lines)
print(table.concat(lines, " "))
for _, what in ipairs { "X", ">S", "S>" } do show(pcall(debug.getinfo, 1, what)) end
show(pcall(debug.getinfo, "x"))
show(debug.getinfo(100), debug.getinfo(-1))
print(next(debug.getinfo(1, "")))

local function vars(level)
  for i = 1, 20 do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    print(i, name, type(value) == "number" and value or type(value))
  end
end
local function loops(...)
  local p = 1
  for i = 1, 1 do
    for k in pairs { 1 } do vars(1) end
  end
  show(debug.getlocal(1, -2))
  show(debug.getlocal(1, -3))
  show(debug.setlocal(1, -1, "new"), ...)
end
loops(10, 20)
show(debug.getlocal(sample, 1), debug.getlocal(sample, 2), debug.getlocal(sample, 3))
show(pcall(debug.getlocal, 100, 1))
show(pcall(debug.setlocal, 1, 1))

local f, g = sample(1), sample(2)
show(debug.getupvalue(f, 1))
show(debug.setupvalue(f, 1, 7), f())
show(debug.getupvalue(f, 3))
print(debug.upvalueid(f, 1) == debug.upvalueid(f, 1), debug.upvalueid(f, 1) == debug.upvalueid(g, 1))
debug.upvaluejoin(f, 1, g, 1)
print(debug.upvalueid(f, 1) == debug.upvalueid(g, 1), f())
show(type(debug.upvalueid(f, 2)), debug.upvalueid(f, 3), debug.upvalueid(print, 1))
show(pcall(debug.upvaluejoin, f, 3, g, 1))
show(pcall(debug.upvaluejoin, f, 1, print, 1))

for _, v in ipairs { 1, true, print, coroutine.create(print) } do
  debug.setmetatable(v, { __index = function(_, k) return k end, __len = function() return 5 end })
  print(v.field, #v, debug.getmetatable(v) ~= nil)
  debug.setmetatable(v, nil)
  print(debug.getmetatable(v))
end
debug.setmetatable(nil, { __index = { a = 1 } })
print((nil).a)
debug.setmetatable(nil, nil)
show(pcall(debug.setmetatable, {}))
show(debug.getuservalue(1), pcall(debug.setuservalue, 1, 2))
print(type(debug.getregistry()), debug.setcstacklimit(1000))

-- Without debug information.
local s = load(string.dump(function(...) local a, b = ... debug.sethook(function(...) print(...) end, "l")
  local c = a debug.sethook() return debug.getinfo(1, "Sl"), debug.getlocal(1, 1) end, true))
debug.setupvalue(s, 1, _ENV)
local t, name = s(1)
print(t.short_src, t.source, t.currentline, name, (debug.getupvalue(s, 1)))
