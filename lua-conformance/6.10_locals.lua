-- profile: full
-- Manual §6.10: getlocal, setlocal, getupvalue, setupvalue, upvalueid, upvaluejoin.
local function all(level, ...) local out, i = {}, 1; while true do local n, v = debug.getlocal(level + 1, i); if not n then break end; if n:sub(1, 1) ~= "(" then out[#out + 1] = n .. "=" .. tostring(v) end; i = i + 1 end; return table.concat(out, " ") end
-- locals of a level
local function f(a, b, ...)
  local c = a + b
  do local hidden = 1 end
  local d <const>, e = "constant", nil
  print(all(1)); print(debug.getlocal(1, -1)); print(debug.getlocal(1, -2)); print(debug.getlocal(1, -3)); print(debug.getlocal(1, 100)); print(debug.getlocal(1, 0))
  for i = 1, 1 do print(all(1)) end
  for k, v in pairs({ x = 1 }) do print(all(1)) end
  return debug.getlocal(1, 1)
end
print(f(1, 2, "vararg 1", "vararg 2"))
-- parameters of a function that is not running
print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3)); print(debug.getlocal(print, 1)); print(debug.getlocal(function(...) end, 1)); print(debug.getlocal(function(self, x) end, 2))
-- native frames have temporaries
print(debug.getlocal(0, 1)); print(debug.getlocal(0, 2)); print(pcall(debug.getlocal, 100, 1))
-- setlocal
local function g(p, ...)
  local x, y = 1, 2
  print(debug.setlocal(1, 1, "new p"), debug.setlocal(1, 2, "new x"), debug.setlocal(1, -1, "new vararg"), debug.setlocal(1, 50, 0), debug.setlocal(1, -9, 0))
  return p, x, y, ...
end
print(g("p", "v1", "v2"))
-- other coroutines
local co = coroutine.create(function(a, ...) local b = { a }; coroutine.yield(); return a, b end); coroutine.resume(co, "A", "more")
print(debug.getlocal(co, 1, 1)); print(debug.getlocal(co, 1, -1)); print(debug.getlocal(co, 1, 2)  == "b", debug.getlocal(co, 1, 30)); print(debug.setlocal(co, 1, 1, "changed")); print((select(2, coroutine.resume(co)))); print(pcall(debug.getlocal, co, 1, 1))
-- errors
print(pcall(debug.getlocal)); print(pcall(debug.getlocal, 1)); print(pcall(debug.getlocal, "x", 1)); print(pcall(debug.setlocal, 1, 1)); print(pcall(debug.setlocal, 99, 1, 1)); print(pcall(debug.setlocal, print, 1, 1)); print(pcall(debug.getlocal, 1, "x")); print(pcall(debug.getlocal, -1, 1))
-- upvalues
local u1, u2, u3 = "one", "two", "three"
local function closure() return u1, u2 end
local function sharing() u2 = u2 .. "!"; return u2, u3 end
print(debug.getupvalue(closure, 1)); print(debug.getupvalue(closure, 2)); print(debug.getupvalue(closure, 3)); print(debug.getupvalue(closure, 0)); print(debug.getupvalue(closure, -1)); print(debug.getupvalue(print, 1)); print((debug.getupvalue(load("return x"), 1)), select(2, debug.getupvalue(load("return x"), 1)) == _G)
print(debug.setupvalue(closure, 1, "ONE"), u1); print(debug.setupvalue(closure, 3, "none"), debug.setupvalue(closure, 0, 1), debug.setupvalue(print, 1, 1)); sharing(); print(closure())
-- upvalues of native closures have no name
local words = string.gmatch("a b", "%a"); print((debug.getupvalue(words, 1)), (debug.getupvalue(coroutine.wrap(print), 1)))
-- identity and joining
print(debug.upvalueid(closure, 2) == debug.upvalueid(sharing, 1), debug.upvalueid(closure, 1) == debug.upvalueid(sharing, 1), type(debug.upvalueid(closure, 1)))
print(debug.upvalueid(closure, 5), debug.upvalueid(closure, 0), debug.upvalueid(print, 1)); print(pcall(debug.upvalueid, 5, 1)); print(pcall(debug.upvalueid, closure)); print(pcall(debug.upvalueid, closure, "x"))
debug.upvaluejoin(closure, 1, sharing, 2); print(closure()); u3 = "joined"; print(closure(), u1); print(debug.upvalueid(closure, 1) == debug.upvalueid(sharing, 2))
print(pcall(debug.upvaluejoin, closure, 9, sharing, 1)); print(pcall(debug.upvaluejoin, closure, 1, sharing, 9)); print(pcall(debug.upvaluejoin, print, 1, sharing, 1)); print(pcall(debug.upvaluejoin, closure, 1, print, 1)); print(pcall(debug.upvaluejoin, closure, 1)); print(pcall(debug.upvaluejoin, {}, 1, closure, 1))
print(pcall(debug.getupvalue)); print(pcall(debug.getupvalue, 5, 1)); print(pcall(debug.getupvalue, closure)); print(pcall(debug.setupvalue, closure, 1)); print(pcall(debug.getupvalue, closure, "x")); print(pcall(debug.setupvalue, {}, 1, 2))
-- loops make new variables each time
local fs = {}; for i = 1, 3 do fs[i] = function() return i end end
print(debug.upvalueid(fs[1], 1) == debug.upvalueid(fs[2], 1)); debug.setupvalue(fs[1], 1, "set"); print(fs[1](), fs[2](), fs[3]()); debug.upvaluejoin(fs[3], 1, fs[1], 1); debug.setupvalue(fs[3], 1, "both"); print(fs[1](), fs[3]())
-- a sandbox by _ENV
local chunk = load("x = 1; return x, y"); debug.setupvalue(chunk, 1, { y = "in the box" }); print(chunk()); print(x)
