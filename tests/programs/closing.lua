-- To-be-closed variables in every way out of a block.
local function res(name, log, err) return setmetatable({}, { __close = function(_, e) log[#log + 1] = name .. ":" .. tostring(e) if err then error(err, 0) end end }) end
local log = {}
do local a <close> = res("a", log) local b <close> = res("b", log) end
for i = 1, 3 do local c <close> = res("c" .. i, log) if i == 2 then break end end
local function f() local d <close> = res("d", log) return "result", 1, 2 end
print(f())
print(pcall(function() local e <close> = res("e", log) error("boom", 0) end))
print(pcall(function() local e <close> = res("e1", log, "from e1") local g <close> = res("g", log, "from g") error("boom", 0) end))
print(pcall(function() local e <close> = res("h", log, "only close") end))
do local i = 0 ::again:: do local j <close> = res("j" .. i, log) i = i + 1 if i < 3 then goto again end end end
for k in (function() local n = 0 return function() n = n + 1 if n < 3 then return n end end, nil, nil, res("iterator", log) end)() do log[#log + 1] = "body" .. k end
print(pcall(function() for k in (function() return next, { 1 }, nil, res("iterator2", log) end)() do error("in body", 0) end end))
local co = coroutine.wrap(function() local x <close> = res("co", log) coroutine.yield(1) return 2 end)
print(co(), co())
local function tailish() local x <close> = res("tail", log) return f() end
print(tailish())
print(pcall(function() local bad <close> = {} end), pcall(function() local ok <close>, ok2 = nil, 1 local no <close> = false return "fine" end))
local function nested(n) local x <close> = res("n" .. n, log) if n > 0 then return nested(n - 1) end error("deep", 0) end
print(pcall(nested, 12))
print(xpcall(function() local x <close> = res("x", log, "close error") error("body error", 0) end, function(m) return "H(" .. m .. ")" end))
local spin <close> = setmetatable({}, { __close = function() local s = 0 for i = 1, 200 do s = s + i end print("closed", s) end })
print(table.concat(log, " "))
return #log
