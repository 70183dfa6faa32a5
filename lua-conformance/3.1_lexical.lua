-- Manual §3.1: lexical conventions.
print('a\tb\\c\'d"', "q'\"", "\65\066\x41\u{41}\u{20AC}\u{7FFFFFFF}" == "ABAA€\xFD\xBF\xBF\xBF\xBF\xBF")
print("line\
break", "skip \z
          whitespace", "a\z b")
print(#"\0\00\000", "\0981", "\x7a\x7A", "\a\b\f\v" == "\7\8\12\11", "\r\n" == "\13\10")
print([[
first newline skipped
second]], [==[a]]b]=]c]==], #[[

]])
print(0xff, 0XA, 0x.8p1, 0x1p-2, 0xA.8, 3e2, .5, 5., 3.0e-2, 0x10p0, 1E+2)
print(1//1, 3 .. 4, 0xep1, 0x1e+1)
--[[ long
comment ]] print("after long comment")
--[==[ ]] ]=]
]==] print("after level comment")
---[[ not long
print("still code") --]]
local _x, x1, _1, andx = 1, 2, 3, 4
print(_x, x1, _1, andx); ; ;
local goto1 = "goto1" print(goto1)
local a <const>, b <close> = 1, nil
print(a, b)
local function try(src) local f, e = load(src, "=src"); print(f and "ok" or e) end
try("x = 'abc")
try("x = 'abc\n'")
try("x = '\\q'")
try("x = '\\300'")
try("x = '\\xZZ'")
try("x = '\\u{110000000}'")
try("x = '\\u123'")
try("x = '\\u{12'")
try("x = [[abc")
try("x = [==[abc]=]")
try("x = [=abc")
try("--[[ unfinished")
try("x = 3x")
try("x = 0x")
try("x = 1e")
try("x = 1..2")
try("x = 1e+")
try("x = 0xep+1p")
try("x = @")
try("x = $")
try("x = 1 = 2")
try("x")
try("x y")
try("for = 1")
try("local end = 1")
try("return return")
try("x = }")
try("x = (1")
try("f(\n1\n")
try("if x then\n\n")
try("a = 'x' 'y'")
try("\1")
try("x = \"a\\")
try("goto = 1")
try("x = 08 + 1.5e1 + 0x1F")
try("x = ~= 1")
try("")
try("#!shebang")
try(";;;")
