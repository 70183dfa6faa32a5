-- Manual §2.1: values and types.
print(type(nil), type(true), type(1), type(1.5), type("x"), type(print), type({}), type(coroutine.create(print)))
print(math.type(1), math.type(1.0), math.type("1"), math.type(nil))
print(1 == 1.0, 0 == -0, 0.0 == -0.0, "1" == 1, nil == false)
print(not nil, not false, not 0, not "", not {})
-- integers wrap around
print(math.maxinteger + 1 == math.mininteger, math.mininteger - 1 == math.maxinteger)
print(math.maxinteger * 2, math.mininteger * -1)
-- tables are references, strings are values
local a = {}
local b = a
b.x = 1
print(a.x, a == b, a == {}, "ab" == "a" .. "b")
-- float keys with integer values are normalised
local t = {}
t[1.0] = "one"; t[2^53] = "big"; t["1"] = "string"
print(t[1], t[2^53 | 0], t["1"], next({[3.0] = 1}), math.type(next({[3.0] = 1})))
t[1.5] = "frac"
print(t[1.5], t[3/2])
-- NaN and nil as keys
print(pcall(function() t[nil] = 1 end))
print(pcall(function() t[0/0] = 1 end))
print(t[nil], t[0/0])
print(pcall(rawset, t, nil, 1))
print(pcall(rawset, t, 0/0, 1))
-- strings hold any byte
local s = "a\0b\255"
print(#s, s:byte(1, -1))
t = {}
t[s] = 1
print(t["a\0b\255"], t["a"])
-- functions are compared by identity
local function f() end
print(f == f, f == function() end)
-- long strings as keys
local long = ("x"):rep(100)
t[long] = "long"
print(t[("xx"):rep(50)])
-- boolean keys
t[true] = "yes"; t[false] = "no"
print(t[true], t[false], t[1 == 1], t[not true])
-- nil removes
t[true] = nil
print(t[true], rawget(t, true))
