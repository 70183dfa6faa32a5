-- profile: full
-- Precompiled chunks, with and without debug information; what is refused, and how.
local s = [[
local function f(a)
  local b = a.x.y
  return b
end
local function g() error("lvl") end
local function h() g() end
print(pcall(f, {}))
print(pcall(g))
print(pcall(h))
print(pcall(function() local a = {} ; return a + 1 end))
print(pcall(function() return x.y.z end))
local u
print(pcall(function() return u.z end))
print(pcall(function() u() end))
print(pcall(string.rep))
print(pcall(function() string.rep() end))
print(xpcall(h, debug.traceback))
warn("@on")
]]
assert(load(string.dump(load(s,"=s"), true)))()

print(load("\27Lua", "@foo"))
print(load("\27Lux", "=foo"))
print(load("\27Lux"))
print(load("\27Lux", "foo"))
print(load("\27", "foo"))
print(load(string.dump(load"return 1"), "n", "t"))
print(load("x", "n", "b"))
print(load(string.dump(load"return 1"), "n", "q"))
print(pcall(string.dump))
print(pcall(string.dump, 1))
print(pcall(string.dump, print))
local header = "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8" .. string.pack("<jn", 0x5678, 370.5)
local chunk = string.dump(load("local a, b = ...; return a .. b, function() return a end", "=c"))
print(chunk:sub(1, #header) == header, chunk == string.dump(load(chunk, "=other")))
print((load(chunk)(1, 2)))
for at = 1, #header do
  local damaged = chunk:sub(1, at - 1) .. string.char(chunk:byte(at) ~ 64) .. chunk:sub(at + 1)
  print(at, select(2, load(damaged, "=c")))
end
-- Upvalues are new ones; the first is the environment, whatever it was called.
local x, y = 1, 2
local function f() return x, y end
print(load(string.dump(f), "f", "b", "first")())
print(load(string.dump(f), "f", "b")() == _G)
local pieces, at = string.dump(f), 0
print(load(function() at = at + 1; return pieces:sub(at, at) end, nil, "b", 7)())
