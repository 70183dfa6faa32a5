-- profile: full
-- Where PUC's library takes an `int`, the lower half of an integer counts; where it takes a
-- C string, a zero byte ends it.
local function lines(text) return select(2, text:gsub("\n", "\n")) end
local function f(a, b) return a, b end
local up = 1
local function g() return up end
local k = 1 << 32

print(debug.getinfo(k + 1, "l").currentline, debug.getinfo(1 << 31, "l"), debug.getinfo(k - 1, "l"))
print((debug.getlocal(f, k + 2)), (debug.getlocal(k + 1, k + 1)))
print(pcall(debug.getlocal, -1, 1))
print((debug.getupvalue(g, k + 1)), debug.setupvalue(g, k + 1, 2), up)
print(debug.upvalueid(g, k + 1) == debug.upvalueid(g, 1))
print(lines(debug.traceback("m", -1)), lines(debug.traceback("m", 1 << 31)))
print(lines(debug.traceback("m", k)) == lines(debug.traceback("m", 0)))
print(pcall(error, "x", k), pcall(error, "x", -1))
print(debug.traceback("a\0b", 100))
print(load("return 1", "n", "b\0t"))
