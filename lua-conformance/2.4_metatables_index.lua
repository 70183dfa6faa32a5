-- Manual §2.4: __index, __newindex, __call, __len, __tostring, __name, __metatable.
local t = setmetatable({ own = 1 }, { __index = function(t, k) return k .. "?" end })
print(t.own, t.other, t["x y"], rawget(t, "other"))
local base = { a = 1, b = 2 }
local mid = setmetatable({ b = 20 }, { __index = base })
local top = setmetatable({ c = 300 }, { __index = mid })
print(top.a, top.b, top.c, top.d)
-- integer keys, nil keys
local n = setmetatable({}, { __index = function(_, k) return k end })
print(n[1], n[1.5], n[-1], n[nil], n[true])
-- __index returning several values keeps one
print((setmetatable({}, { __index = function() return 1, 2 end })).x)
-- __newindex as function and as table
local log = {}
local w = setmetatable({ known = 1 }, { __newindex = function(t, k, v) log[#log + 1] = tostring(k) .. "=" .. tostring(v) end })
w.known = 2; w.new = 3; w[1] = 4; w.new = nil
print(w.known, w.new, w[1], table.concat(log, " "))
local store = {}
w = setmetatable({}, { __newindex = store })
w.x = 5
print(rawget(w, "x"), store.x)
-- chain of __newindex
local last = {}
local two = setmetatable({}, { __newindex = last })
local one = setmetatable({}, { __newindex = two })
one.k = "v"
print(rawget(one, "k"), rawget(two, "k"), last.k)
-- nil and NaN keys reach __newindex
local seen
local any = setmetatable({}, { __newindex = function(_, k, v) seen = tostring(k) .. tostring(v) end })
any[nil] = 1
print(seen)
-- rawset skips it
rawset(w, "y", 6)
print(rawget(w, "y"), store.y)
-- __call, with chains and arguments
local c = setmetatable({}, { __call = function(self, ...) return select("#", ...), (select(-1, 0, ...)) end })
print(c()); print(c(1)); print(c(nil, nil)); print(c(1, 2, 3))
local cc = setmetatable({}, { __call = c })
print(cc(7) )
print(pcall(setmetatable({}, { __call = 1 })))
-- __len
print(#setmetatable({ 1, 2, 3 }, { __len = function() return "ten" end }))
print(rawlen(setmetatable({ 1, 2, 3 }, { __len = function() return 10 end })))
-- __tostring and __name
print(tostring(setmetatable({}, { __tostring = function() return "custom" end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() return 1 end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() return {} end })))
print((tostring(setmetatable({}, { __name = "Thing" })):gsub(": .*", ": ADDR")))
-- __metatable
local locked = setmetatable({}, { __metatable = "locked" })
print(getmetatable(locked))
print(pcall(setmetatable, locked, {}))
print(getmetatable("").__index == string, getmetatable(1), getmetatable(nil), getmetatable(print))
print(getmetatable(setmetatable({}, { __metatable = false })))
print(pcall(setmetatable, 1, {}))
print(pcall(setmetatable, {}))
print(pcall(setmetatable, {}, 1))
print(setmetatable({}, nil) ~= nil)
-- indexing other types
print(("x").len == string.len, ("x").nothing)
print(pcall(function() local n = 5; return n.x end))
print(pcall(function() local n = 5; n.x = 1 end))
print(pcall(function() return ("x").y.z end))
print(pcall(function() local s = "x"; s.y = 1 end))
-- inheritance
local Animal = {}; Animal.__index = Animal
function Animal.new(name) return setmetatable({ name = name }, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, { __index = Animal }); Dog.__index = Dog
function Dog.new(name) local d = Animal.new(name); return setmetatable(d, Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
print(Animal.new("cat"):speak(), Dog.new("rex"):speak())
-- a loop in __index
local loop = {}; setmetatable(loop, { __index = loop })
print(pcall(function() return loop.x end))
local loopn = {}; setmetatable(loopn, { __newindex = loopn })
print(pcall(function() loopn.x = 1 end))
