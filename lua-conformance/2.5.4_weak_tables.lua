-- profile: full
-- Manual §2.5.4: weak tables.
local function full() collectgarbage(); collectgarbage() end
local function count(t) local n = 0; for _ in pairs(t) do n = n + 1 end return n end
local function weak(mode, t) return setmetatable(t or {}, { __mode = mode }) end
local function report(title, t) full(); print(title, count(t)) end

-- values
local t = weak("v")
local held = {}
t[1], t[2], t.x, t.y = {}, held, {}, held
t.n, t.b, t.s, t.f = 1, true, "string" .. 1, print
report("weak values", t); print(t[1], t[2] == held, t.x, t.y == held, t.n, t.b, t.s, t.f == print)
-- keys
t = weak("k")
t[{}] = 1; t[held] = 2; t[1] = {}; t["string" .. 2] = {}; t[print] = {}
report("weak keys", t); print(t[held], type(t[1]), type(t["string2"]), type(t[print]))
-- both
t = weak("kv")
t[{}] = 1; t[held] = held; t[1] = {}; t[2] = held; t[held] = {}
report("weak keys and values", t); print(t[held], t[1], t[2] == held)
t = weak("vk"); t[1] = {}; t[{}] = 1
report("in the other order", t)
-- other letters and other values
t = weak("x"); t[1] = {}; t[{}] = {}
report("no such mode", t)
t = weak("kx"); t[1] = {}; t[{}] = {}
report("k among others", t)
t = setmetatable({}, { __mode = 5 }); t[1] = {}
report("no string", t)
-- functions, threads, closures
t = weak("v")
t.closure = function() return t end; t.thread = coroutine.create(print); t.plain = function() end; t.native = coroutine.wrap(print)
full(); print("functions and threads", t.closure, t.thread, t.native)
-- strings are values, not objects
t = weak("kv"); t["key" .. 1] = "value" .. 1; t[string.rep("long", 100)] = string.rep("long", 100)
report("strings stay", t)
-- numbers as keys in the array and the hash
t = weak("v"); for i = 1, 100 do t[i] = i % 10 == 0 and held or {} end
report("array", t); print(t[10] == held, t[11])
t = weak("v"); for i = 1, 100 do t[i * 1000] = i % 10 == 0 and i or {} end
report("hash", t)

-- the mode may change
t = {}; t[1] = {}; setmetatable(t, { __mode = "v" }); report("made weak", t)
local mt = { __mode = "v" }; t = setmetatable({ {} }, mt); mt.__mode = nil; report("made strong", t)

-- ephemerons: a value is reachable through its key only
t = weak("k")
do local k = {}; t[k] = { k }; k = nil end
report("a key in its own value", t)
do
  local a, b, c = {}, {}, {}
  t[a], t[b], t[c] = b, c, a
end
report("a ring", t)
do
  local first = {}
  local k = first
  for i = 1, 100 do local nextone = {}; t[k] = nextone; k = nextone end
  report("a chain whose head is held", t)
  first = nil
end
report("a chain", t)
local t2 = weak("k")
do
  local k1, k2 = {}, {}
  t[k1] = k2; t2[k2] = k1
  full(); print("two tables, held", count(t), count(t2))
end
full(); print("two tables", count(t), count(t2))
-- a strong value keeps its key in no ephemeron
t = weak("k"); local keeper = {}
do local k = {}; t[k] = true; keeper[1] = k end
report("held elsewhere", t); keeper[1] = nil; report("held no more", t)

-- resurrected objects: gone from weak values before their finalizer, from weak keys after it
local values, keys = weak("v"), weak("k")
do
  local o = setmetatable({ name = "o" }, { __gc = function(o) print("in __gc", values[1], keys[o]) end })
  values[1] = o; keys[o] = "found"; o = nil
end
collectgarbage(); print("after one cycle", values[1]); full(); print("then", count(keys))

-- removal while traversing, and after entries went
t = weak("k")
for i = 1, 50 do t[{}] = i end
local seen = 0
for k in pairs(t) do seen = seen + 1; t[k] = nil end
print("removed while traversing", seen, next(t))
t = weak("v"); for i = 1, 20 do t["k" .. i] = i % 2 == 0 and {} or i end
seen = 0
for k, v in pairs(t) do if seen == 0 then full() end; seen = seen + 1 end
print("collected while traversing", seen >= 10, count(t) <= 11)
-- lengths: the border is one of the list that is left
t = weak("v", { {}, {}, {} }); full(); print("length", #t)
t = weak("v", { 1, 2, {} }); full(); print("length", #t)
-- a weak table as key and value of another
local outer = weak("kv"); do local inner = weak("k"); outer[inner] = inner; inner[outer] = outer end
report("weak in weak", outer)
-- a coroutine that holds a key holds it
t = weak("k")
local co = coroutine.wrap(function() local k = {}; t[k] = "of the coroutine"; coroutine.yield(); return t[k] end)
co(); report("held by a coroutine", t); print(co()); co = nil; report("coroutine gone", t)
