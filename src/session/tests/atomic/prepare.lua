-- What a session has before a run fails: tables of every shape, closures that share
-- variables, coroutines that wait in every kind of place, weak tables, finalizers, garbage.
-- `args` says which: a seed, and whether the last thing to do is a collection.
local seed = args.seed
local function rnd(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % n
end

TS, FS, COS, WR, WK, STR, GM, OBJ, KEYS, MTS, LOG = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}

if not _SANDBOXED then
  -- The full library has modules in files, and no JSON.
  package.preload.counter = function() local n = 0 return {next = function() n = n + 1 return n end} end
  package.preload.slow = function() local x = coroutine.yield('loading') return {x} end
  package.preload.other = function() return {'other'} end
  json = {decode = function() return {a = {1, 2, {}}, b = {c = {}}, n = 1} end}
  debug.sethook(coroutine.create(print), print, 'l')
end

function note(x) LOG[#LOG + 1] = x end

function closer(name)
  return setmetatable({}, {__close = function(_, e) note(name .. ' closed ' .. type(e)) end})
end

-- Keys of every kind, and long strings, of which two are hashed.
for i = 1, 8 do KEYS[i] = {i} end
KEYS[9], KEYS[10], KEYS[11], KEYS[12] = print, function() end, 2.5, true
for i = 1, 6 do STR[i] = ('long string ' .. i .. ' '):rep(5 + i) end
local hashed = {[STR[1]] = 1}
hashed[STR[2]] = 2
string.format('%p', STR[1])

-- Tables.
local makers = {
  function(n) local t = {} for i = 1, n do t[i] = i end return t end,
  function(n) local t = {} for i = 1, n do t['k' .. i] = i end return t end,
  function(n)
    local t = {} for i = 1, n do t[i] = 'v' .. i % 7 t['k' .. i] = {i} end return t
  end,
  function(n) -- holes
    local t = {} for i = 1, n do t[i] = i end
    for i = 2, n - 1, 3 do t[i] = nil end return t
  end,
  function(n) -- tombstones
    local t = {} for i = 1, n do t['k' .. i] = i end
    for i = 1, n, 2 do t['k' .. i] = nil end return t
  end,
  function(n) -- integers that are not 1..n
    local t = {} for i = 1, n do t[i * 10] = i t[-i] = i t[i + 0.5] = i end return t
  end,
  function(n) -- objects as keys
    local t = {} for i = 1, 12 do t[KEYS[i]] = i end
    for i = 1, n % 50 do t[{}] = i end t[KEYS[3]] = nil return t
  end,
  function() return {nil, nil, 3, x = 1, [STR[1]] = 'long', nil, 7} end,
  function() return {} end,
  function(n) return json.decode('{"a":[1,2,{}],"b":{"c":[]},"n":' .. n .. '}') end,
  function(n) -- a stack that has shrunk
    local t = {} for i = 1, n do t[i] = {} end for i = n, 3, -1 do t[i] = nil end return t
  end,
  function(n) local t = table.pack(table.unpack({}, 1, n % 200)) t[n % 200] = n return t end,
}
for i = 1, 24 do
  TS[i] = makers[(i - 1) % #makers + 1](i <= 12 and 3 + rnd(10) or 20 + rnd(300))
end
TS[25] = makers[1](5000)
TS[26] = makers[2](5000)
TS[27] = makers[3](600)
TS[28] = makers[4](2000)

-- Metatables.
local function binary(name) return function(a, b) return name .. type(a) .. type(b) end end
MTS[1] = {__index = function(_, k) return k end, __newindex = function(t, k, v) rawset(t, k, v) end}
MTS[2] = {__index = TS[2], __newindex = TS[9]}
MTS[3] = {__gc = function(o) note('gc ' .. tostring(o.name)) end}
MTS[4] = {__mode = 'k'}
MTS[5] = {__mode = 'v'}
MTS[6] = {__mode = 'kv'}
MTS[7] = {__add = binary 'add', __concat = binary 'concat', __eq = function() return true end,
  __lt = function() return true end, __le = function() return false end, __len = function() return 5 end,
  __call = function(self, ...) return select('#', ...) end, __unm = function() return 1 end,
  __tostring = function() return 'seven' end, __name = 'Seven'}
MTS[8] = {__gc = function(o) note('again') setmetatable(o, MTS[8]) SAVED = o end}
MTS[9] = {__close = function() note('nine') end, __pairs = function(t) return next, t, nil end}
MTS[10] = {}
TS[13] = setmetatable(TS[13], MTS[1])
TS[14] = setmetatable(TS[14], MTS[2])
TS[15] = setmetatable(TS[15], MTS[7])

-- Closures with variables in common, open and closed.
for i = 1, 4 do
  local a, b = i, {i}
  FS[#FS + 1] = function(v) if v ~= nil then a = v end return a end
  FS[#FS + 1] = function(v) a = (math.tointeger(a) or 0) + 1 b[#b + 1] = v return a, #b end
end

-- Coroutines that wait.
local function co(body, ...)
  local thread = coroutine.create(body)
  COS[#COS + 1] = thread
  local ok, e = coroutine.resume(thread, ...)
  if not ok then note(tostring(e)) end
  return thread
end
local yield = coroutine.yield
co(function()
  local x, y = 1, {}
  FS[#FS + 1] = function(v) if v ~= nil then x = v end y[#y + 1] = x return x, #y end
  while true do x = yield(x, #y) or x end
end)
co(function()
  for i = 1, 1000 do
    local k = i
    FS[10] = function(v) if v ~= nil then k = v end return k, i end
    yield(k)
  end
end)
co(function() for k, v in pairs(TS[3]) do yield(k, type(v)) end end)
co(function() for k in next, TS[5] do yield(k) end return 'end' end)
co(function() for w in ('a bb ccc dddd '):rep(5):gmatch('%a+') do yield(w) end end)
co(function()
  local ok = pcall(function()
    local z <close> = closer('z')
    yield(1)
    error('inside')
  end)
  yield(ok)
end)
co(function()
  return xpcall(function() yield() error({}) end, function(m) yield('handler') return m end)
end)
co(function()
  local c1 <close> = closer('c1')
  local x = 5
  local c2 <close> = closer('c2')
  FS[11] = function(v) if v ~= nil then x = v end return x end
  yield(x)
  for _ in (function() return yield('iterator') end), nil, nil, closer('for') do yield('body') end
end)
co(function()
  local t = {} for i = 1, 30 do t[i] = i * 7 % 31 end
  SORTED = t
  table.sort(t, function(a, b) yield(a) return a < b end)
  return table.concat(t, ' ')
end)
co(function()
  return (('abc def ghi '):rep(20):gsub('%a+', function(w) yield(w) return w:upper() end))
end)
local slow = setmetatable({}, {
  __len = function() return 40 end,
  __index = function(_, k) yield(k) return 'item' .. tostring(k) end,
  __newindex = function(t, k, v) yield(k) rawset(t, k, v) end,
  __add = function(_, b) return yield(b) end,
  __concat = function(_, b) return yield(b) end,
  __lt = function() return yield('lt') end,
  __eq = function() return yield('eq') end,
  __call = function(_, ...) return yield(...) end,
  __tostring = function() yield('tostring') return 'slow' end,
})
co(function() return table.concat(slow, ', ', 1, 40) end)
co(function() return string.format('%s %d %s %s', slow, 5, slow, slow) end)
co(function() print('slow:', slow, slow) print(slow) end)
co(function() return load(function(...) return yield('piece') end) end)
co(function() table.insert(slow, 1, 'x') return 1 end)
co(function()
  for i = 1, 50 do
    local r = slow + i
    r = slow .. i
    r = slow < slow
    r = slow == setmetatable({}, getmetatable(slow))
    r = slow(i, r)
    r = slow.field
    slow['new' .. i] = r
  end
end)
co(function() return require('slow') end)
co(function()
  local function deep(n) if n == 0 then yield('deep') return 0 end return 1 + deep(n - 1) end
  return deep(200)
end)
co(function(...) local n = select('#', ...) yield(n) return ... end, table.unpack({}, 1, 300))
co(function()
  local inner = coroutine.wrap(function()
    local v = 0
    FS[12] = function(x) if x ~= nil then v = x end return v end
    while true do v = v + 1 yield(v) end
  end)
  while true do yield(inner()) end
end)
co(function()
  do local c <close> = setmetatable({}, {__close = function() yield('closing') note('late') end}) end
  yield('after')
end)
co(function() local c <close> = closer('failed') error('on purpose') end)
co(function() return 'dead' end)
COS[#COS + 1] = coroutine.create(function(...) yield(...) local t = {...} return #t end)
for i = 1, 3 do
  local n = 0
  WR[i] = coroutine.wrap(function(a) while true do n = n + (a or 1) a = yield(n) end end)
  WR[i]()
end
for i = 1, 3 do GM[i] = ('k1=v1, k2=v2; k3=v3 k4=v4'):gmatch('(%w+)=(%w+)') GM[i]() end

-- Weak tables, of which the last has a mode that nobody has noticed.
for i = 1, 3 do
  WK[i] = setmetatable({}, MTS[3 + i])
  for k = 1, 10 do WK[i][{}] = {} WK[i][KEYS[k]] = {k} WK[i]['s' .. k] = KEYS[k] WK[i][k] = {} end
end
WK[4] = setmetatable({}, {__mode = 'k'})
local chain = KEYS[1]
for i = 1, 8 do local link = {i} WK[4][chain] = link chain = link end
local late = {}
WK[5] = setmetatable({}, late)
for k = 1, 10 do WK[5][{}] = k WK[5][KEYS[k]] = k end
late.__mode = 'k'

-- Finalizers, of objects alive and dead.
for i = 1, 6 do OBJ[i] = setmetatable({name = 'o' .. i}, MTS[3]) end
OBJ[7] = setmetatable({}, MTS[8])
for i = 1, 4 do setmetatable({name = 'lost' .. i, {}, {}}, MTS[3]) end
setmetatable({}, MTS[8])

-- Chance, modules, the library, and garbage.
math.randomseed(args.seed)
for _ = 1, rnd(10) do math.random() end
MOD = require('counter')
if string.len ~= nil and pcall(function() string.shout = function(s) return s:upper() .. '!' end end) then
  getmetatable('').__add = function(a, b) return a .. '+' .. b end
  package.loaded.fake = {1}
end
for i = 1, 200 + rnd(300) do
  local garbage = {i, 'garbage ' .. i, function() return i end, coroutine.create(print)}
end
-- What the host keeps, and what is the host's.
host.keep(FS[1])
host.keep(function(x) TS[1].called = (TS[1].called or 0) + x return FS[2](x) end)
host.keep(function(x) TS[1].called = x FS[1](x) coroutine.resume(COS[1]) host.borrow(print) error({x}) end)
THINGS = {host.thing(1), host.thing(2), host.thing(3)}
if args.collect then collectgarbage() end
collectgarbage('step', 1)
return #TS, #COS
