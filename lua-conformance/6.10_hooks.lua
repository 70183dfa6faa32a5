-- profile: full
-- Manual §6.10: sethook and gethook.
local function trace(mask, count, body)
  local events = {}
  debug.sethook(function(event, line)
    local info = debug.getinfo(2, "nSlt")
    if info.short_src == "6.10_hooks.lua" or event == "count" then events[#events + 1] = event .. (line and " " .. line or "") .. (info.name and " " .. info.name or "") end
  end, mask, count)
  body()
  debug.sethook()
  return events
end
local function show(title, events) print(title .. ": " .. table.concat(events, ", ")) end
-- lines
local function body()
  local x = 1
  for i = 1, 2 do
    x = x + i
  end
  if x > 100 then
    x = 0
  else
    x = -x
  end
  while x < -3 do
    x = x + 1 end
  return x
end
show("lines", trace("l", 0, body))
-- one line again by jumping back
show("jumping back", trace("l", 0, load("local n = 0 while n < 3 do n = n + 1 end", "@6.10_hooks.lua")))
show("goto", trace("l", 0, load("local n = 0\n::top::\nn = n + 1\nif n < 3 then goto top end", "@6.10_hooks.lua")))
-- calls and returns
local function leaf() return 1 end
local function tail() return leaf() end
local function tree() local a = leaf(); local b = tail(); return a + b end
show("calls", trace("c", 0, tree)); show("returns", trace("r", 0, tree)); show("both", trace("cr", 0, tree))
-- native functions too
local natives = {}
debug.sethook(function(event) local i = debug.getinfo(2, "Sn"); if i.what == "C" then natives[#natives + 1] = event .. " " .. tostring(i.name) end end, "cr")
math.abs(-1); string.rep("x", 2); pcall(error, "e")
debug.sethook(); print(table.concat(natives, ", "))
-- counts
local counted = 0
debug.sethook(function(event) assert(event == "count"); counted = counted + 1 end, "", 100); for i = 1, 10000 do end; debug.sethook(); print(counted > 50, counted < 1000)
counted = 0; debug.sethook(function() counted = counted + 1 end, "", 1); for i = 1, 100 do end; debug.sethook(); print(counted > 100)
-- gethook
local function hook() end
debug.sethook(hook, "crl", 10); local h, m, c = debug.gethook(); debug.sethook(); print(h == hook, m, c); print(debug.gethook()); debug.sethook(hook, "", 5); h, m, c = debug.gethook(); debug.sethook(); print(h == hook, m, c); debug.sethook(hook, "", 0); print(debug.gethook()); debug.sethook(hook, "x"); print(debug.gethook()); debug.sethook(nil, "crl"); print(debug.gethook())
-- an error in a hook is one of the running function
print(pcall(function() debug.sethook(function(_, line) if line then debug.sethook(); error("from the hook", 0) end end, "l")
  local x = 1
  return x
end)); debug.sethook(); print(debug.gethook())
-- a hook stops what runs away
print(pcall(function() debug.sethook(function() error("too long", 0) end, "", 1000); while true do end end)); debug.sethook()
-- no hooks inside a hook
local depth, most = 0, 0
debug.sethook(function() depth = depth + 1; most = math.max(most, depth); leaf(); depth = depth - 1 end, "c"); leaf(); tail(); debug.sethook(); print(most)
-- a hook changes locals of what it interrupts
local function changed() local value = "before"
  local other = 1
  return value
end
debug.sethook(function(_, line) if debug.getlocal(2, 1) == "value" then debug.setlocal(2, 1, "after") end end, "l"); local result = changed(); debug.sethook(); print(result)
-- each coroutine has its own hook
local inside = {}
local co = coroutine.create(function() local x = 1
  coroutine.yield()
  return x end)
debug.sethook(co, function(event, line) inside[#inside + 1] = line end, "l"); print(debug.gethook()); coroutine.resume(co); coroutine.resume(co); print(#inside, select(2, debug.gethook(co))); debug.sethook(co); print(debug.gethook(co))
local outer = 0; debug.sethook(function() outer = outer + 1 end, "l"); local n0 = outer; coroutine.wrap(function()
  local y = 1
  y = 2 end)(); debug.sethook(); print(debug.gethook(coroutine.create(print)))
-- values in transfer
local transfers = {}
debug.sethook(function(event) local i = debug.getinfo(2, "rnf"); if i.func == leaf or i.func == math.max then local vs = {}; for k = i.ftransfer, i.ftransfer + i.ntransfer - 1 do vs[#vs + 1] = tostring(select(2, debug.getlocal(2, k))) end; transfers[#transfers + 1] = event .. "(" .. table.concat(vs, " ") .. ")" end end, "cr"); leaf(); math.max(3, 9, 4); debug.sethook(); print(table.concat(transfers, " "))
-- a finalizer has none, and behind it they go on
local lines = 0
debug.sethook(function() lines = lines + 1 end, "l")
setmetatable({}, { __gc = function()
  local x = 1
end }) collectgarbage()
for i = 1, 5 do
  local x = i
end
debug.sethook()
print(lines)
-- errors
print(pcall(debug.sethook, 5, "c")); print(pcall(debug.sethook, print, {})); print(pcall(debug.sethook, print)); print(pcall(debug.sethook, print, "c", "x")); debug.sethook(); print(pcall(debug.gethook, 5))
