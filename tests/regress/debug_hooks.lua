-- profile: full
-- Events of hooks, in order, over all kinds of calls, returns, loops and jumps.
local function trace(mask, count, source)
  local events = {}
  debug.sethook(function(event, line)
    local t = debug.getinfo(2, "nStr")
    if t.short_src ~= "t" and t.what ~= "C" then return end
    local values = {}
    for i = t.ftransfer, t.ftransfer + t.ntransfer - 1 do
      local _, v = debug.getlocal(2, i)
      values[#values + 1] = type(v) == "number" and v or type(v)
    end
    events[#events + 1] = event .. (line and " " .. line or "") .. (t.name and " " .. t.name or "")
      .. (t.istailcall and " tail" or "") .. "(" .. table.concat(values, ",") .. ")"
  end, mask, count)
  local ok, message = pcall(load(source, "=t"))
  debug.sethook()
  print("== " .. mask .. " " .. (count or 0))
  print(table.concat(events, "\n"))
  print(ok, ok or message)
end

trace("l", 0, [[
local t = setmetatable({}, {
  __index = function(t, k) return k end,
  __lt = function(a, b) return true end,
  __concat = function(a, b) return "c" end,
  __close = function() end,
})
local x = t.a
repeat x = 1
until t < t
for i = 1, 2 do
  x = i
end
for k, v in pairs {1, 2} do
  x = k
end
do
  local c <close> = t
  x = t .. "a" .. t .. "b"
end
goto done
x = 2
::done::
while x do x = nil end
if x then
  x = 1
else x = 2 end
local function f(...)
  return ...
end
x =
  f(1,
    2)
]])

trace("cr", 0, [[
local function f(a, ...) return ... end
local function g(a) return f(a, 2, 3) end
f(1, 2, 3)
g(1)
math.max(1, 2, 3)
pcall(f, 1, 2)
pcall(error, 1)
table.sort({3, 2, 1}, function(a, b) return a < b end)
local co = coroutine.wrap(function(x) coroutine.yield(x) end)
co(1)
co(1)
]])

trace("", 1, "local x = 1 for i = 1, 3 do x = x + i end")
trace("cl", 0, "local function f() error('e') end\npcall(f)\nlocal x = 1\nf()")

-- Errors and yields in hooks.
line = debug.getinfo(1, "l").currentline + 3
print(pcall(function()
  debug.sethook(function() if debug.getinfo(2, "l").currentline == line then error("in hook", 0) end end, "l")
  local x = 1
end))
print((debug.gethook()) ~= nil)
debug.sethook()
local co = coroutine.create(function()
  debug.sethook(function()
    debug.sethook()
    print(coroutine.isyieldable(), pcall(coroutine.yield))
  end, "l")
  local x = 1
  coroutine.yield("yielded")
end)
print(coroutine.resume(co))
debug.sethook(co, print, "c", 0)
print(select(2, debug.gethook(co)), debug.gethook())
print(coroutine.resume(co))
print(pcall(debug.sethook, 1, "l"), pcall(debug.sethook, print))
