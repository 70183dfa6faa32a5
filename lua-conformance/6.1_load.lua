-- Manual §6.1: load.
print(load("return 1 + 1")()); print(load("syntax error here")); print(load("return ...")(1, 2)); print(load("")())
print(load("x =", "=name")); print(load("x =", "@file.lua")); print(load("x =", "code text")); print(load("x =\n\n=", "line one\nline two"))
print(load("x = ", ("n"):rep(100))); print(load("x = ", "=" .. ("n"):rep(100))); print(load("x = ", "@" .. ("n"):rep(100))); print(load("x = "))
print(load("error('msg')", "=chunk") and pcall(load("error('msg')", "=chunk"))); print(pcall(load("error('msg')", "@chunk.lua"))); print(pcall(load("error('msg')"))); print(pcall(load("\n\nerror('msg')", "a\nb")))
-- piecewise
local parts = { "return ", "10", " + ", "5" }
local i = 0
print(load(function() i = i + 1; return parts[i] end)())
i = 0
print(load(function() i = i + 1; return i == 1 and "return 7" or "" end)())
print(load(function() return nil end)())
print(pcall(load, function() return {} end)); print(pcall(load, function() error("reader", 0) end))
i = 0
print(load(function() i = i + 1; if i < 50 then return i % 2 == 1 and "x" or " " end return nil end, "=pieces"))
-- environment
local env = { y = 5 }
print(load("return y", "c", "t", env)(), load("y = y + 1; return y", "c", "t", env)(), env.y, y)
print(pcall(load("return x.y", "=c", "t", {}))); print(pcall(load("z = 1; return z", "=c", "t", nil)))
print(pcall(load("return print('hi')", "=c", "t", {}))); print(load("return _ENV", "c", "t", env)() == env); print(load("local _ENV = {a = 3}; return a")())
local f = load("n = (n or 0) + 1; return n", "c", "t", setmetatable({}, { __index = function() return 100 end }))
print(f(), f())
-- modes
print(load("return 1", "c", "b")); print(load("return 1", "c", "bt")()); print(load("return 1", "=c", "x")); print(load("\27Lua", "=bin", "t"))
print(pcall(load)); print(pcall(load, 5)); print(pcall(load, {})); print(pcall(load, nil)); print(pcall(load, "return 1", "c", 5)); print(pcall(load, "return 1", {}))
-- loaded functions are fresh
local src = "local n = 0; return function() n = n + 1; return n end"
local a, b = load(src)(), load(src)()
print(a(), a(), b())
-- global side effects
load("conf_global = 'set'")(); print(conf_global); conf_global = nil
-- nesting depth of blocks
print(load(("do "):rep(150) .. ("end "):rep(150)) ~= nil); print(load(("("):rep(150) .. "1" .. (")"):rep(150)) == nil, load("return " .. ("("):rep(150) .. "1" .. (")"):rep(150))())
print(pcall(load, "return " .. ("("):rep(300) .. "1" .. (")"):rep(300), "=deep")); print(pcall(load, ("do "):rep(300) .. ("end "):rep(300), "=deep")); print(pcall(load, "return " .. ("{"):rep(300) .. ("}"):rep(300), "=deep"))
print(load("return " .. ("-"):rep(3, " ") .. "5")()); print(load("return " .. ("not "):rep(151) .. "nil")()); print(load("return " .. ("1 + "):rep(1000) .. "1")())
print(load("return " .. ("'a' .. "):rep(150) .. "'b'")():len()); print(load("x" .. (".y"):rep(500) .. " = 1") ~= nil)
-- comments, shebangs, odd ends
print(load("-- only comment")()); print(load("return 1 -- end")()); print(load("return 1;")()); print(load("return 1;;")); print(load("--[==[\n]==] return 2")())
print(load("return 'a\\\nb'")()); print(load("return 1, 2,", "=c")); print(load("do return end return 3")()); print(load("return\n-- c\n4")())
