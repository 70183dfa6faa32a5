-- Errors of syntax and of meaning are reported in the order of the source, as by a
-- compiler that generates code while it parses.
local cases = {
 "local x <const> = 1; x = 2; y = = 3",
 "local x <const> = 1; x = ) ",
 "break; x = = ",
 "function f() break end x = = ",
 "function f() goto l end x = = ",
 "do goto l; local a ::l:: print(a) end x = = ",
 "::a:: ::a:: x = =",
 "::a:: x=1 ::a:: x = =",
 "local x <foo> = 1 y = =",
 "local x <close>, y <close> = 1 y = =",
 "goto l; local a; ::l:: ; a = 1 '",
 "goto l; local a; ::l:: ; '",
 "local x <const> = 1; function x() end x = =",
 "local x <const> = 1; function x( end x = =",
 "local a <const> = {}; return function() a = 1 end '",
 "repeat local a <const> = 1 until a = ",
 "local function f(a,b,c) return = end",
 "for i = 1, 2 do break break end x = =",
 "x = }", "x =", "for", "goto", "local function", "return return",
 "if x then break end y = =",
 "if x then break else end y = =",
 "while 1 do if x then break end y = = end",
 "if x then goto z end y = =",
 "local x <const> = 1; (x) = 2", "local x <const> = 1; x, y = 2", "local x <const> = 1; y, x = 2 ) ", "local x <const> = 1; y, x  2",
 "local x <const> = 1; for x = 1, 2 do x = 3 end x = =",
 "f(", "f(1,", "a.b:c = 1", "a.b:c", "x = 'a\n'", "x = \"a\\q\"", "x = 0x", "x = 3e", "--[[", "x = [==[ ", "x = [=", "x = '\\300'", "x='\\u{110000000}'", "x = '\\xag'",
 "...", "function f() return ... end", "x = function() return ... end y = =", "local a <const> = 1 = 2", "a, b + c = 1", "local t <close> = nil t = 2 !",
 "x = 1 ! y", "x = 1 \1 y", "x = @", "local 1", "local function 1", "function 1() end", "function a.1() end", "function a:b.c() end", "if 1 x", "if 1 then x", "\n\nif 1 then\n\n", "while 1 x", "while 1 do x", "repeat x", "repeat x() ","for i", "for i,", "for i = 1", "for i = 1 do", "for i in x", "x = {1,2", "\nx = {1,2\n", "x = {[1 2]}", "x = {[1] 2}", "x.1 = 2", "x[1 = 2","x(1 = 2", "(x = 2", "\n(x \n = 2","and", "x = not", "x = 1 +", "goto 1", "::1", "::a", "::a:", "break = 1", "local x <const", "local x <", "local x <1>",
}
local function rep(n, s, sep) return string.rep(s, n, sep) end
local function list(p, n) local t = {} for i=1,n do t[i]=p..i end return table.concat(t, ",") end
local more = {
 "local "..list("a",201), "local "..list("a",200).." local b = =", "local "..list("a",201).." = = ", "function f("..list("a",201)..") end", "function f("..list("a",100)..", =", "function f("..list("a",300),
 "return "..rep(260,"f(),").."1", "return "..rep(260,"f(),").."= ", "x = "..rep(260, "{"), "x = "..rep(190,"{").."=", "x="..rep(300,"("), "x="..rep(300,"-"), "x="..rep(300,"a.."), rep(300,"do "), rep(300,"while 1 do "), rep(300,"(").."x", rep(300, "if 1 then "), "x = "..rep(300, "function() return "), "a"..rep(300,",a").."=1", rep(300,"a=function() "),
 "x = a" ..rep(300, ".x"), "x = a"..rep(300,"()"), "x="..rep(300,"a^"), "x="..rep(300,"not "), "x={"..rep(300,"[").."=", "return "..rep(249,"{},").."{}", "return "..rep(253,"{},").."{}","return "..rep(254,"{},").."{}","return "..rep(255,"{},").."{}","local a = "..rep(252,"nil,").."nil", "local a = "..rep(253,"nil,").."nil", "local a = "..rep(254,"nil,").."nil", "local a = "..rep(255,"nil,").."nil", "f("..rep(253,"1,").."1)", "f("..rep(254,"1,").."1)", "f("..rep(252,"1,").."1)",
 "x = {"..rep(300,"1,").."}", "x = {"..rep(300,"f(),").."}", "x = a..".. rep(190,"a..").."a", 
 "for "..list("a",195).." in x do end", "for "..list("a",196).." in x do end", "for "..list("a",197).." in x do end",
 "local "..list("a",199).." for i=1,2 do end","local "..list("a",196).." for i=1,2 do end","local "..list("a",197).." for i=1,2 do end", "local "..list("a", 200).." local function f() end", "local "..list("a", 200).." f(1,2,3)", "local "..list("a", 200).." function f() end",
 "local "..list("a",195).." return function() local "..list("b",195).." return function() return "..list("a",195)..","..list("b",195).." end end",
}
local n = 0
for _, l in ipairs{cases, more} do for _, c in ipairs(l) do n = n+1 local f, e = load(c, "=c") print(n, #c < 60 and c or c:sub(1,30), f and "ok" or e:match("^[^\n]*")) end end
