-- Chunks compiled at run time: from strings, readers, environments; syntax errors.
local pieces = { "local a = 1 ", "return a + ", "41", nil }
local n = 0
print(load(function() n = n + 1 return pieces[n] end)())
print(load("return ...", "chunk", "t")(1, 2, 3), load("x = 1; return x", "c", "t", {})(), pcall(load("error('in chunk')", "=name")), pcall(load("local x = nil + 1", "@file.lua")))
print(load("\27Lua"), load("return 1", "x", "b"), load(function() error("reader") end), load(function() return {} end))
for _, source in ipairs { "return", "x", "x =", "if x", "for i = 1", "local function", "return 'unterminated", "return [[x", "a.b:c = 1", "return 1 .. ", "x = }", "::a:: ::a::", "goto b", "return '\\q'", "return 0x", "return 1e", "local a <foo> = 1", ("("):rep(300) .. "1" .. (")"):rep(300), "return '\\u{110000000}'", "--[[ x", "for a in b do local c <close> = 1 end break" } do
  print(load(source, "=s"))
end
local big = {}
for i = 1, 400 do big[i] = ("local v%d = %d; t[%d] = function(x) return x + v%d end"):format(i % 150, i, i, i % 150) if i % 150 == 0 then big[i] = "do " .. "end" end end
local f, err = load("local t = {} do " .. table.concat(big, " end do ") .. " end return t")
print(err)
local t = f()
print(#t > 100, t[7](1), t[399](1))
local expr = "return 1" .. (" + 1"):rep(400)
print(load(expr)(), #load("return {" .. ("1,"):rep(700) .. "}")())
local consts = {}
for i = 1, 500 do consts[i] = '"c' .. i .. '"' end
print(#load("return {" .. table.concat(consts, ",") .. "}")())
local acc = 0
for i = 1, 30 do acc = acc + load("return " .. i .. " * 2")() end
print(acc)
local env = setmetatable({}, { __index = _G })
load("function g(x) return x * 2 end h = g(21)", "=e", "t", env)()
print(env.h, g)
return load("return function(...) return ... end")()(1, 2)
