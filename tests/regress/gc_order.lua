-- Finalizers: the order of marks, resurrection, warnings, and what a finalizer may do.
warn("@on")
local log = {}
local function object(name, body)
  return setmetatable({name = name}, {__gc = function(o)
    log[#log + 1] = o.name
    if body then body(o) end
  end})
end
local function show() print(table.concat(log, " ")) log = {} end

do local a, b, c = object "a", object "b", object "c" end
collectgarbage()
show()

-- A chain is finalized in reverse order of the marks, though each holds the next one.
local first = object "1"
local second = object "2" second.next = first
local third = object "3" third.next = second
first, second, third = nil
collectgarbage()
show()

-- Resurrected and not marked again: never again. Marked again: once more.
local saved
object("back", function(o) saved = o end)
collectgarbage() collectgarbage()
print(saved.name) saved = nil
collectgarbage() show()
object("twice", function(o) if not o.again then o.again = true setmetatable(o, getmetatable(o)) end end)
collectgarbage() collectgarbage() collectgarbage()
show()

-- A `__gc` that comes later marks nothing; one that is replaced is the one that is called.
setmetatable({}, {}).x = 1
local late = setmetatable({}, {}) getmetatable(late).__gc = function() print "never" end late = nil
local changed = setmetatable({}, {__gc = true})
getmetatable(changed).__gc = function() print "changed" end
changed = nil
collectgarbage()

-- Errors are warnings, and the others are still called.
object "after"
object("bad", function() error("oh no", 0) end)
object("worse", function() error({}) end)
setmetatable({}, {__gc = 42})
collectgarbage()
show()

-- No yields, no collector, but coroutines of one's own.
print(coroutine.wrap(function()
  object("y", function()
    print(pcall(coroutine.yield, 1))
    print(coroutine.isyieldable(), collectgarbage("count"), collectgarbage())
    print(coroutine.wrap(function() coroutine.yield(7) end)())
  end)
  collectgarbage()
  return coroutine.isyieldable()
end)())

-- Inside other functions nothing is disturbed.
local n = 0
local mt = {__gc = function() n = n + 1 end}
local t = {}
for i = 1, 200 do t[i] = (i * 7919) % 200 end
table.sort(t, function(a, b) setmetatable({}, mt) if n % 50 == 0 then collectgarbage() end return a < b end)
for i = 1, 200 do assert(t[i] == i - 1) end
local s = ("x"):rep(100):gsub("x", function(c) setmetatable({}, mt) collectgarbage() return c .. "y" end)
print(s == ("xy"):rep(100), n > 100)
print(select("#", (function(...) collectgarbage() return ... end)(1, nil, setmetatable({}, mt) and nil)))
local function sum(...) local r = 0 for _, v in ipairs {...} do r = r + v end return r end
print(sum((function() setmetatable({}, mt) collectgarbage() return 1, 2, 3 end)()))
local cat = setmetatable({}, {__concat = function(a, b) setmetatable({}, mt) collectgarbage() return "c" end})
print("a" .. "b" .. cat .. "d" .. "e")
do
  local x <close> = setmetatable({}, {__close = function() setmetatable({}, mt) collectgarbage() print "closed" end})
  local ok, message = pcall(function()
    local y <close> = setmetatable({}, {__close = function(_, e) collectgarbage() print("closing", e) end})
    setmetatable({}, mt)
    error("e", 0)
  end)
  print(ok, message)
end
print(pcall(setmetatable, setmetatable({}, {__gc = function() end, __metatable = 1}), nil))
