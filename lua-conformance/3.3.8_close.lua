-- Manual §3.3.8: to-be-closed variables.
local function closer(name, log) return setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. ":" .. tostring(e) end }) end
local log = {}
do
  local a <close> = closer("a", log)
  local b <close> = closer("b", log)
  log[#log + 1] = "body"
end
print(table.concat(log, " "))
-- on return, values are kept
log = {}
local function f()
  local a <close> = closer("a", log)
  return "r1", #log
end
print(f()); print(table.concat(log, " "))
-- on error
log = {}
print(pcall(function()
  local a <close> = closer("a", log)
  local b <close> = closer("b", log)
  error("E", 0)
end))
print(table.concat(log, " "))
-- an error in a closer replaces the error
log = {}
print(pcall(function()
  local a <close> = closer("a", log)
  local b <close> = setmetatable({}, { __close = function(_, e) log[#log + 1] = "b:" .. tostring(e); error("from b", 0) end })
  local c <close> = closer("c", log)
  error("first", 0)
end))
print(table.concat(log, " "))
log = {}
print(pcall(function()
  local a <close> = closer("a", log)
  local b <close> = setmetatable({}, { __close = function() error("only b", 0) end })
end))
print(table.concat(log, " "))
-- break and goto
log = {}
for i = 1, 3 do
  local x <close> = closer("x" .. i, log)
  if i == 2 then break end
end
do
  local i = 0
  ::top::
  do
    local y <close> = closer("y" .. i, log)
    i = i + 1
    if i < 3 then goto top end
  end
end
print(table.concat(log, " "))
-- nil and false are fine, others not
do local a <close> = nil; local b <close> = false; print("nil, false ok") end
print(pcall(function() local a <close> = 42 end))
print(pcall(function() local myvar <close> = {} end))
print(pcall(function() local s <close> = "str" end))
print(load("local a <close>, b <close> = 1, 2", "=l"))
-- in coroutines
log = {}
local co = coroutine.create(function()
  local a <close> = closer("a", log)
  coroutine.yield(1)
  local b <close> = closer("b", log)
  coroutine.yield(2)
  return 3
end)
print(coroutine.resume(co)); print(coroutine.resume(co)); print(coroutine.resume(co))
print(table.concat(log, " "))
log = {}
co = coroutine.create(function() local a <close> = closer("a", log); coroutine.yield(1) end)
coroutine.resume(co)
print(coroutine.close(co), coroutine.status(co), table.concat(log, " "))
log = {}
co = coroutine.create(function()
  local a <close> = setmetatable({}, { __close = function() error("in close", 0) end })
  coroutine.yield(1)
end)
coroutine.resume(co)
print(coroutine.close(co)); print(coroutine.status(co))
-- yield inside __close
log = {}
co = coroutine.wrap(function()
  do local a <close> = setmetatable({}, { __close = function() coroutine.yield("closing"); log[#log + 1] = "closed" end }) end
  return "done"
end)
print(co()); print(co()); print(log[1])
co = coroutine.wrap(function()
  local function g() local a <close> = setmetatable({}, { __close = function() coroutine.yield("closing g") end }); return 1, 2, 3 end
  return g()
end)
print(co()); print(co())
co = coroutine.wrap(function()
  return pcall(function()
    local a <close> = setmetatable({}, { __close = function(_, e) coroutine.yield("seen " .. e) end })
    error("err", 0)
  end)
end)
print(co()); print(co())
-- no tail call with a tbc variable
local function tail() local a <close> = closer("t", log); return select("#", 1, 2, 3) end
print(tail())
-- upvalue use after closing
local get
do
  local a <close> = closer("u", {})
  local v = 1
  get = function() return v, a ~= nil end
end
print(get())
-- the closed value is passed, not the variable's metatable at declaration
do
  local obj
  obj = setmetatable({}, { __close = function(o) print("old", o == obj) end })
  local x <close> = obj
  setmetatable(obj, { __close = function(o) print("new", o == obj) end })
end
print(pcall(function()
  local obj = setmetatable({}, { __close = print })
  local x <close> = obj
  getmetatable(obj).__close = nil
end))
