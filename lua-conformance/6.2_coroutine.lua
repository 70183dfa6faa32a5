-- Manual §6.2: the coroutine library.
print(coroutine.isyieldable(), coroutine.running() ~= nil, select(2, coroutine.running()))
local co
co = coroutine.create(function(...)
  local me, main = coroutine.running()
  print(me == co, main, coroutine.isyieldable(), coroutine.status(co), ...)
  print(coroutine.resume(co))
  print(select("#", coroutine.yield()))
  print(select("#", coroutine.yield(nil, nil)))
  return
end)
print(coroutine.resume(co, 1, nil)); print(coroutine.resume(co)); print(coroutine.resume(co, 1, 2, 3)); print(coroutine.resume(co))
print(coroutine.isyieldable(co), coroutine.status(co))
-- normal status
local outer
outer = coroutine.create(function()
  local inner = coroutine.create(function() print(coroutine.status(outer)); print(coroutine.resume(outer)) end)
  print(coroutine.resume(inner))
end)
coroutine.resume(outer)
-- argument errors
print(pcall(coroutine.create)); print(pcall(coroutine.create, 1)); print(pcall(coroutine.resume)); print(pcall(coroutine.resume, 1)); print(pcall(coroutine.status, {})); print(pcall(coroutine.wrap, nil)); print(pcall(coroutine.close, 1))
print(pcall(coroutine.yield, 1))
-- close
co = coroutine.create(print); print(coroutine.close(co), coroutine.status(co), coroutine.resume(co))
co = coroutine.create(function() error({ "e" }) end); coroutine.resume(co); local ok, e = coroutine.close(co); print(ok, type(e), e[1]); print(coroutine.close(co))
co = coroutine.create(function() coroutine.yield() end); coroutine.resume(co); print(coroutine.close(co), coroutine.close(co))
print(pcall(coroutine.close, coroutine.running()))
co = coroutine.create(function() return pcall(coroutine.close, co) end); print(coroutine.resume(co))
co = coroutine.wrap(function() local c2 = coroutine.running(); local inner = coroutine.wrap(function() return pcall(coroutine.close, c2) end); return inner() end); print(co())
-- wrap
local w = coroutine.wrap(function(a) while true do a = coroutine.yield(a * 2) end end)
print(w(1), w(2), w(3))
w = coroutine.wrap(function() return 1, 2, 3 end); print(w()); print(pcall(w))
w = coroutine.wrap(function() error("str") end); print(pcall(w)); w = coroutine.wrap(function() error({ code = 3 }) end); ok, e = pcall(w); print(ok, e.code)
w = coroutine.wrap(function() error("lvl0", 0) end); print(pcall(w)); w = coroutine.wrap(function() return pcall(error, "x") end); print(w())
w = coroutine.wrap(function() w() end); print(pcall(w))
-- producer, filter, consumer
local function producer() return coroutine.create(function() for i = 1, 6 do coroutine.yield("line" .. i) end end) end
local function receive(p) local ok, v = coroutine.resume(p); return v end
local function filter(p) return coroutine.create(function() local n = 1; while true do local x = receive(p); if not x then return nil end; coroutine.yield(("%3d %s"):format(n, x)); n = n + 1 end end) end
local f = filter(producer())
while true do local x = receive(f); if not x then break end; print(x) end
-- yields deep inside calls, loops, tables and library callbacks
local function walk(t) if t then walk(t[1]); coroutine.yield(t.v); walk(t[2]) end end
local tree = { v = 4, { v = 2, { v = 1 }, { v = 3 } }, { v = 6, { v = 5 }, { v = 7 } } }
local seen = {}
for v in coroutine.wrap(function() walk(tree) end) do seen[#seen + 1] = v end
print(table.concat(seen, " "))
print(select(2, coroutine.resume(coroutine.create(function() return table.concat({ (coroutine.isyieldable() and "y" or "n") }) end))))
co = coroutine.wrap(function() return select(2, xpcall(function() return coroutine.yield("xp") end, print)) end); print(co(), co("val"))
co = coroutine.wrap(function() return xpcall(function() coroutine.yield("a"); error("b", 0) end, function(m) return "h:" .. m end) end); print(co()); print(co())
-- many coroutines, round robin
local cs, out = {}, {}
for i = 1, 5 do cs[i] = coroutine.create(function() for j = 1, i do out[#out + 1] = i .. ":" .. j; coroutine.yield() end end) end
repeat local alive = false; for i = 1, 5 do if coroutine.status(cs[i]) == "suspended" then coroutine.resume(cs[i]); alive = true end end until not alive
print(table.concat(out, " "))
-- deep chain of resumes
local function nest(n) if n == 0 then return "bottom" end return select(2, coroutine.resume(coroutine.create(nest), n - 1)) end
print(nest(50))
-- passing many values
co = coroutine.create(function(...) local a = { ... }; while true do a = { coroutine.yield(#a, a[1], a[#a]) } end end)
print(coroutine.resume(co, table.unpack({ 1, 2, 3 }))); local big = {}; for i = 1, 100 do big[i] = i end; print(coroutine.resume(co, table.unpack(big)))
-- errors inside resumed code do not touch the resumer
local r = { coroutine.resume(coroutine.create(function() local t = nil; t.x = 1 end)) }; print(r[1], r[2])
-- gsub-free generator of fibonacci
local fib = coroutine.wrap(function() local a, b = 0, 1; while true do coroutine.yield(a); a, b = b, a + b end end)
local fs = {}; for i = 1, 15 do fs[i] = fib() end; print(table.concat(fs, " "))
