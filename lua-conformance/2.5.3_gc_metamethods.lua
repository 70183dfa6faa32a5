-- profile: full
-- Manual §2.5.3: garbage-collection metamethods.
local function full() collectgarbage(); collectgarbage() end
local log = {}
local function flush(title)
  print(title, #log, table.concat(log, " "))
  log = {}
end
local function finalized(name) return setmetatable({ name = name }, { __gc = function(o) log[#log + 1] = o.name end }) end

-- called once, with the object, after it died
do local x = finalized("x"); full(); flush("alive") ; x = nil end
full(); flush("dead")
full(); flush("once only")

-- in the reverse order of being marked
do
  local keep = {}
  for i = 1, 5 do keep[i] = finalized("o" .. i) end
  keep = nil
end
full(); flush("reverse order")
-- the order is that of the call of setmetatable, not of creation
do
  local mt = { __gc = function(o) log[#log + 1] = o[1] end }
  local a, b, c = { "a" }, { "b" }, { "c" }
  setmetatable(c, mt); setmetatable(a, mt); setmetatable(b, mt)
  a, b, c = nil, nil, nil
end
full(); flush("order of marking")

-- __gc set after setmetatable does not mark the object
do
  local mt = {}
  local x = setmetatable({}, mt)
  mt.__gc = function() log[#log + 1] = "late" end
  x = nil
end
full(); flush("__gc set too late")
-- any value marks; only a function is called
do
  local mt = { __gc = true }
  local x, y = setmetatable({}, mt), setmetatable({}, mt)
  mt.__gc = function() log[#log + 1] = "replaced" end
  x, y = nil, nil
end
full(); flush("__gc set in time")
do local x = setmetatable({}, { __gc = 42 }); x = nil end
full(); flush("__gc is no function")

-- resurrection: not finalized again, unless marked again
local saved
do
  local mt = {}
  mt.__gc = function(o) saved = o; log[#log + 1] = "saved" end
  local x = setmetatable({ 1, 2 }, mt)
  x = nil
end
full(); flush("resurrected"); print(#saved)
saved = nil
full(); flush("not again")
do
  local mt = {}
  mt.__gc = function(o) log[#log + 1] = "again"; if #log < 3 then setmetatable(o, mt) end end
  setmetatable({}, mt)
end
full(); full(); full(); full(); flush("marked again each time")

-- objects reachable from a finalized one are whole
do
  local inner = finalized("inner")
  local outer = setmetatable({ inner = inner }, { __gc = function(o) log[#log + 1] = "outer sees " .. o.inner.name end })
  inner, outer = nil, nil
end
full(); flush("reachable from the finalized")

-- cycles
do
  local a, b = finalized("cycle1"), finalized("cycle2")
  a.other, b.other = b, a
  a, b = nil, nil
end
full(); flush("a cycle")

-- errors in finalizers are warnings (off here); the others run
do
  local a = finalized("first")
  local b = setmetatable({}, { __gc = function() error("in a finalizer") end })
  local c = finalized("third")
  a, b, c = nil, nil, nil
end
print(pcall(full)); flush("an error between")

-- a finalizer may use what Lua has: coroutines, pcall, more garbage
do
  setmetatable({}, { __gc = function()
    local co = coroutine.wrap(function(...) local y = coroutine.yield(...); return y * 2 end)
    log[#log + 1] = co(20); log[#log + 1] = co(21)
    log[#log + 1] = tostring(pcall(error, "e"))
    for i = 1, 100 do local t = { i } end
  end })
end
full(); flush("work in a finalizer")
-- it cannot yield out of the one that was interrupted
do setmetatable({}, { __gc = function() log[#log + 1] = tostring(coroutine.isyieldable()) end }) end
coroutine.wrap(full)(); flush("not yieldable")
-- collectgarbage inside a finalizer does nothing
do setmetatable({}, { __gc = function() log[#log + 1] = tostring(collectgarbage()); log[#log + 1] = tostring(collectgarbage("step")) end }) end
full(); flush("collectgarbage inside")
-- varied classes: values kept by upvalues only
do
  local f
  do local x = finalized("upvalue"); f = function() return x end end
  full(); flush("held by an upvalue"); f = nil
end
full(); flush("let go")
-- a table that is its own metatable
do local t = {}; t.__gc = function(o) log[#log + 1] = tostring(o.__gc ~= nil) end; setmetatable(t, t); t = nil end
full(); flush("own metatable")
-- the metatable is looked at when the object dies
do
  local x = finalized("old"); setmetatable(x, { __gc = function() log[#log + 1] = "new" end }); x = nil
  local y = finalized("gone"); setmetatable(y, nil); y = nil
end
full(); flush("metatable changed")
-- what is alive at the end is finalized then, in reverse order
atend1 = setmetatable({}, { __gc = function() print("closing the state: first") end })
atend2 = setmetatable({}, { __gc = function() print("closing the state: second"); setmetatable({}, { __gc = function() print("closing the state: made late") end }) end })
print("end of the script")
