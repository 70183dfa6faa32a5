-- profile: full
-- Manual §6.1: collectgarbage, §2.5.1 and §2.5.2: its modes.
print(collectgarbage(), collectgarbage("collect"), collectgarbage(nil))
print(math.type(collectgarbage("count")), collectgarbage("count") > 0)
print(select("#", collectgarbage("count")))
-- memory is counted, and given back
collectgarbage(); collectgarbage(); local before = collectgarbage("count")
local big = string.rep("x", 2 ^ 20)
local with = collectgarbage("count")
print(with - before >= 1024, with - before < 1200)
big = nil; collectgarbage()
print(collectgarbage("count") < with - 1000)
local list = {}
for i = 1, 10000 do list[i] = { i } end
local full = collectgarbage("count"); list = nil; collectgarbage()
print(full - collectgarbage("count") > 300)
-- the interpreter begins in generational mode; what follows needs the other
print(collectgarbage("incremental"))
-- stop, restart, isrunning
print(collectgarbage("isrunning")); print(collectgarbage("stop"), collectgarbage("isrunning"))
print(collectgarbage("restart"), collectgarbage("isrunning"))
-- while stopped nothing is collected by itself, but collect still collects
collectgarbage("stop")
local gone = 0
for i = 1, 1000 do setmetatable({}, { __gc = function() gone = gone + 1 end }) end
print(gone); collectgarbage(); print(gone); collectgarbage("restart")
-- while it runs, garbage is collected without being asked
gone = 0
local rounds = 0
repeat
  rounds = rounds + 1
  for i = 1, 1000 do setmetatable({}, { __gc = function() gone = gone + 1 end }); local s = ("x"):rep(100) .. i end
until gone > 0 or rounds > 1000
print(gone > 0)
-- steps: repeated ones finish a cycle
local n = 0
repeat n = n + 1; local done = collectgarbage("step", 0) until done or n > 100000
print(n >= 1 and n <= 100000); print(type(collectgarbage("step", 10)))
print(type(collectgarbage("step", 1 << 20)))
-- modes: the answer is the mode before
print(collectgarbage("generational")); print(collectgarbage("generational"))
print(collectgarbage("incremental")); print(collectgarbage("incremental", 100, 200, 10))
print(collectgarbage("generational", 20, 100)); print(collectgarbage("incremental", 0, 0, 0))
collectgarbage("generational"); gone = 0
do local x = setmetatable({}, { __gc = function() gone = gone + 1 end }); x = nil end
collectgarbage(); print("generational", gone); collectgarbage("incremental")
-- parameters: the answer is the value before
local pause = collectgarbage("setpause", 152); print(pause > 0, collectgarbage("setpause", pause), collectgarbage("setpause", pause) == pause)
local mul = collectgarbage("setstepmul", 200); print(mul > 0, collectgarbage("setstepmul", mul), collectgarbage("setstepmul", mul) == mul)
-- errors
print(pcall(collectgarbage, "nothing")); print(pcall(collectgarbage, "")); print(pcall(collectgarbage, "COUNT"))
print(pcall(collectgarbage, {})); print(pcall(collectgarbage, true)); print(pcall(collectgarbage, 5))
print(pcall(collectgarbage, "step", "x")); print(pcall(collectgarbage, "step", 1.5)); print(pcall(collectgarbage, "step", {}))
print(pcall(collectgarbage, "setpause", "x")); print(pcall(collectgarbage, "incremental", "x")); print(pcall(collectgarbage, "generational", {}))
print((pcall(collectgarbage, "count", "more", "arguments")))
-- in a coroutine, in a metamethod, in a comparison of sort
print(coroutine.wrap(function() collectgarbage(); return "in a coroutine" end)())
local t = setmetatable({}, { __index = function(_, k) collectgarbage(); return k .. "!" end }); print(t.key)
local items = { 5, 3, 8, 1 }; table.sort(items, function(a, b) collectgarbage("step"); return a < b end); print(table.concat(items, " "))
-- closures, coroutines and upvalues survive
local fs = {}
for i = 1, 100 do local s = "v" .. i; fs[i] = function() s = s .. "."; return s end end
collectgarbage(); print(fs[1](), fs[100](), fs[1]())
local co = coroutine.wrap(function() local x = { "kept" }; coroutine.yield(); return x[1] end); co(); collectgarbage(); print(co())
