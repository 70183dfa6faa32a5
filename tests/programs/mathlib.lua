-- math, utf8, os on the virtual clock, tostring and tonumber.
print(math.floor(3.7), math.ceil(3.2), math.floor(-3.5), math.huge, -math.huge, math.pi, math.abs(-3), math.fmod(7, 3), math.fmod(-7, 3), math.modf(3.7), math.sqrt(16), math.ult(1, -1), math.tointeger(5.0))
print(math.sin(1), math.cos(1), math.tan(1), math.asin(.5), math.acos(.5), math.atan(1, 2), math.exp(1), math.log(10), math.log(8, 2), math.log(100, 10))
print(math.max(1, 5, 3), math.min(4, 2, 8), pcall(math.max), pcall(math.fmod, 1, 0), pcall(math.random, 0, -1), pcall(math.floor, {}))
math.randomseed(42)
local r = {} for i = 1, 20 do r[i] = math.random(100) end print(table.concat(r, " "))
print(math.random() < 1, math.random(5, 6) >= 5, math.random(math.mininteger, math.maxinteger), math.random(0))
math.randomseed(1, 2) print(math.random(1000), math.random(1000))
for _, s in ipairs { "10", " 10 ", "0x1F", "1e2", "1e", "", " ", "0x", "1 2", "nan", "inf", "0x1p4", "1_000", "9223372036854775808", "-9223372036854775808", ".5", "5.", "0x.8" } do io = (io or "") .. tostring(tonumber(s)) .. ";" end
print(io) print(tonumber("ff", 16), tonumber("zz", 36), tonumber("8", 8), tonumber("-77", 8), tonumber("1" .. ("0"):rep(300)), #tostring(2 ^ 1000))
print(tostring(nil), tostring(true), tostring(12), tostring(1.5), tostring(1e300), tostring(print) == tostring(print), tostring({}):match("^table: 0x%x+$"))
print(utf8.char(72, 228, 8364, 128512), utf8.len("häß€"), utf8.codepoint("häß", 1, -1), utf8.offset("häß€", 3), utf8.len("\xff"), utf8.charpattern)
for p, c in utf8.codes("aé€😀") do print(p, c) end
print(pcall(utf8.codepoint, "\xff"), pcall(utf8.char, -1), pcall(function() for _ in utf8.codes("a\xffb") do end end), utf8.len(("é"):rep(500)), utf8.offset(("é"):rep(500), 400), #utf8.char(table.unpack({ 8364, 8364, 8364 })))
print(type(os.time()), os.time({ year = 2020, month = 2, day = 30, hour = 12 }), os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.date("!*t", 0).year, os.difftime(10, 5), pcall(os.date, "%Ez"), pcall(os.time, { year = 2020 }))
local c0 = os.clock() for i = 1, 5000 do end print(os.clock() > c0)
print(type(next), _VERSION, _G._G == _G, _SANDBOXED, type(warn), collectgarbage("isrunning"), collectgarbage("step"), collectgarbage("incremental"), pcall(collectgarbage, "nonsense"))
local names = {} for k, v in pairs(_G) do names[#names + 1] = k .. ":" .. type(v) end table.sort(names) print(table.concat(names, " "))
warn("@on") warn("a ", "warning") warn("@off") warn("silent")
for i = 1, 100 do local x = math.sin(i) * math.cos(i) + i // 3 + (i ~ 5) io = x end
return io, math.maxinteger, 0.1
