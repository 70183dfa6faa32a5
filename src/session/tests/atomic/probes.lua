-- What later runs see of a session. Each probe begins at its `-- probe` line.

-- probe: everything reachable, in the order of next
local seen, list = {}, {_G}
seen[_G] = true
local at, sum = 1, 0
local function visit(v)
  local kind = type(v)
  if kind == 'table' and not seen[v] then
    seen[v] = true
    list[#list + 1] = v
  end
  if kind == 'string' then
    for i = 1, math.min(#v, 12) do sum = (sum * 31 + v:byte(i)) % 1000000007 end
  elseif kind == 'number' then
    sum = (sum * 37 + (math.tointeger(v) or 5) % 1000003) % 1000000007
  else
    sum = (sum * 41 + #kind) % 1000000007
  end
end
while list[at] do
  local t = list[at]
  local n = 0
  for k, v in next, t do
    if t ~= _G or (k ~= 'args' and type(v) ~= 'function') then visit(k) visit(v) n = n + 1 end
  end
  local mt = getmetatable(t)
  if mt then visit(mt) end
  print(at, n, rawlen(t), sum)
  at = at + 1
end

-- probe: what objects are called
for i = 1, #TS do print(i, (pcall(rawequal, TS[i], TS[i])), (string.format('%p', TS[i]))) end
print({}, function() end, coroutine.create(print), print, string.format('%p', STR[1]), string.format('%p', STR[4]))
print(table.unpack(COS))
print(table.unpack(FS))
print(table.unpack(KEYS))
for i = 1, 3 do print({}) end

-- probe: what is the host's
print(table.unpack(THINGS))
print(host.thing(9), THINGS[2] and THINGS[2]:number())
host.borrow(FS[1]) host.borrow(function() end)
print(host.call(function(x) return x end, 5), FS[1] and host.call(FS[1], 6))
local t = {} for i = 1, 20 do t[i] = function() return i end host.borrow(t[i]) end
print(collectgarbage('count'))

-- probe: chance
for i = 1, 20 do io_ = math.random(1000) print(io_, math.random()) end
print(math.randomseed())
print(math.random(0))

-- probe: coroutines
local function show(...)
  local n = select('#', ...)
  local shown = {}
  for i = 1, n do
    local v = select(i, ...)
    local kind = type(v)
    shown[i] = (kind == 'number' or kind == 'string' or kind == 'boolean') and tostring(v):sub(1, 60) or kind
    if i == 6 then break end
  end
  return n .. ': ' .. table.concat(shown, ' ')
end
for i = 1, #COS do print(i, coroutine.status(COS[i]), coroutine.isyieldable(COS[i])) end
for i = 1, #COS do
  for round = 1, 3 do print(i, round, show(coroutine.resume(COS[i], round, 'return 7'))) end
end
for i = 1, #COS, 3 do print(i, show(coroutine.close(COS[i]))) end
for i = 1, #COS do
  for round = 1, 3 do print(i, round, show(coroutine.resume(COS[i], nil))) end
  print(i, coroutine.status(COS[i]))
end
for i = 1, #WR do print(i, show(pcall(WR[i], i))) end
print(#LOG, table.concat(LOG, ' '))

-- probe: closures and iterators
for i = 1, #FS do
  if FS[i] then print(i, pcall(FS[i])) print(i, pcall(FS[i], i * 2)) print(i, pcall(FS[i])) end
end
for i = 1, #GM do if GM[i] then print(i, GM[i]()) print(i, GM[i]()) end end
print(MOD.next(), MOD.next(), package and package.loaded.fake and package.loaded.fake[1])
print(#LOG, table.concat(LOG, ' '))

-- probe: memory
print(collectgarbage('count'))
for round = 1, 4 do
  local keep = {}
  for i = 1, 300 do keep[i] = {i, tostring(i) .. ' kept', function() return i end} end
  print(collectgarbage('count'))
end
local n = 0
for i = 1, #WK do if WK[i] then for k, v in next, WK[i] do n = n + 1 end end print(i, n) end
collectgarbage()
for i = 1, #WK do if WK[i] then for k, v in next, WK[i] do n = n + 1 end end print(i, n) end
print(collectgarbage('count'))
for i = 1, #OBJ do OBJ[i] = nil end
SAVED = nil
collectgarbage()
print(collectgarbage('count'), SAVED ~= nil)
print(#LOG, table.concat(LOG, ' '))
print(('x'):rep(400000):len(), collectgarbage('count'))

-- probe: steps of the collector
local n = 0
while not collectgarbage('step', 8) do n = n + 1 end
print(n, collectgarbage('isrunning'), collectgarbage('incremental'))

-- probe: growth
for i = 1, #TS do
  local t = TS[i]
  if type(t) == 'table' then
    local mt = getmetatable(t)
    local before = #t
    for k = 1, 40 do rawset(t, 'new' .. k, k) end
    for k = rawlen(t) + 1, rawlen(t) + 10 do rawset(t, k, k) end
    rawset(t, 'new3', nil) rawset(t, 'late', 1) rawset(t, 'new3', 2)
    local order = {}
    for k in next, t do if #order < 30 then order[#order + 1] = type(k) == 'table' and 'table' or tostring(k) end end
    print(i, before, rawlen(t), table.concat(order, ' '))
  end
end
local t = {} for i = 1, 300 do t[i] = STR[i % 6 + 1] t[STR[i % 6 + 1]] = i end
print(#table.concat(t, ','))

-- probe: many coroutines
local n, e = 0, nil
local all = {}
for i = 1, 400 do
  local ok, c = pcall(coroutine.create, print)
  if not ok then e = c break end
  all[i] = c n = i
end
print(n, e)

-- probe: depth and strings
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
print(deep(150), select('#', table.unpack({}, 1, 900)), deep(700))
for i = 1, 300 do local s = 'fresh ' .. i end
for i = 1, 300 do local s = 'garbage ' .. i end
print(collectgarbage('count'))
for i = 1, 6 do local t = {} t[STR[i]] = i print(STR[i] .. '' == STR[i], #STR[i], t[STR[i] .. '']) end
