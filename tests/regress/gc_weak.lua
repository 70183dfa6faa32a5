-- Weak tables and ephemerons.
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end

local values = setmetatable({}, {__mode = "v"})
local kept = {}
values.a, values.b, values.c, values.d, values.e = {}, kept, "text", 1, print
for i = 1, 10 do values[i] = i % 3 == 0 and kept or {} end
values[coroutine] = {} values[{}] = "of a key"
collectgarbage()
print(values.a, values.b == kept, values.c, values.d, values.e == print, values[coroutine], count(values))
print(values[1], values[3] == kept, values[9] == kept, values[10], #values == 9 or #values == 0 or values[#values] ~= nil)
values[10] = "ten"
print(values[10])

local keys = setmetatable({}, {__mode = "k"})
keys[{}] = 1 keys[kept] = {} keys.text = {} keys[1] = {} keys[("long"):rep(20)] = {}
collectgarbage()
print(count(keys), type(keys[kept]), type(keys.text), type(keys[1]), type(keys[("long"):rep(20)]))

local both = setmetatable({}, {__mode = "vk"})
both[1], both[2], both[{}], both[kept] = {}, kept, kept, {}
both.x, both.y, both[("k"):rep(50)] = "s", {}, ("v"):rep(50)
collectgarbage()
print(both[1], both[2] == kept, both.x, both.y, both[("k"):rep(50)] == ("v"):rep(50), count(both))

-- Values that refer to their own keys go with them; chains stay while their head does.
local eph = setmetatable({}, {__mode = "k"})
do local k = {} eph[k] = {k} end
local head = {}
local key = head
for i = 1, 60 do local next = {} eph[key] = {next} key = next end
key = nil
collectgarbage()
print(count(eph))
local steps, at = 0, head
while eph[at] do at = eph[at][1] steps = steps + 1 end
print(steps)
head, at = nil
collectgarbage() collectgarbage()
print(count(eph))

-- Two tables that hold each other's keys.
local a, b = setmetatable({}, {__mode = "k"}), setmetatable({}, {__mode = "k"})
local root, mid, last = {}, {}, {}
b[mid] = last a[root] = mid
mid, last = nil
collectgarbage()
print(count(a), count(b), type(b[a[root]]))
root = nil
collectgarbage()
print(count(a), count(b))

-- A value to be finalized has left weak values, a key stays until it is gone.
local v, k = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "k"})
local seen
do
  local o = setmetatable({}, {__gc = function(o) seen = tostring(v[1]) .. " " .. tostring(k[o]) end})
  v[1] = o k[o] = "as key"
end
collectgarbage()
print(seen, count(v), count(k))
collectgarbage()
print(count(k))

-- A weak table that is itself resurrected.
local out
do
  local inner = setmetatable({{}, kept}, {__mode = "v"})
  setmetatable({inner}, {__gc = function(o) out = o[1] end})
end
collectgarbage()
print(out[1], out[2] == kept)

-- Removal during a traversal, and a mode that changes.
local t = setmetatable({}, {__mode = "k"})
for i = 1, 50 do t[{}] = i end
local n = 0
for key in pairs(t) do n = n + 1 key = nil if n % 10 == 0 then collectgarbage() end end
print(n <= 50, count(t) <= 1)
local mode = {__mode = "v"}
local m = setmetatable({{}}, mode)
mode.__mode = nil
collectgarbage()
print(type(m[1]))
mode.__mode = "v"
collectgarbage() collectgarbage()
print(m[1])

-- Coroutines and closures are objects.
local w = setmetatable({}, {__mode = "v"})
w.co = coroutine.create(print) w.fn = function() return n end w.wrap = coroutine.wrap(print) w.c = string.len
collectgarbage()
print(w.co, w.fn, w.wrap, w.c == string.len)
