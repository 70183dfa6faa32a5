-- Library functions inside each other's callbacks, errors and yields through all of them.
local function inner(x) return (tostring(x):gsub("%d", function(d) local t = { 3, 1, 2 } table.sort(t, function(a, b) return pcall(function() return a < b end) and a < b end) return t[1] .. d end)) end
print(inner(123))
local co = coroutine.wrap(function()
  local r = ("a b c"):gsub("%a", function(c)
    local t = { c, c .. "1", c .. "2" }
    table.sort(t, function(x, y) coroutine.yield(x .. y) return x > y end)
    local ok, e = pcall(function() for k, v in pairs(t) do coroutine.yield(k) end error({ c }) end)
    return t[1] .. e[1]
  end)
  return "end", r
end)
for i = 1, 60 do local a, b = co() print(a, b) if a == "end" then break end end
local obj = setmetatable({}, { __tostring = function() return ("x"):gsub("x", function() return string.format("%s", setmetatable({}, { __tostring = function() return "inner" end })) end) .. "" end })
print(string.format("%s|%s", obj, obj), tostring(obj))
print(obj)
print(pcall(table.sort, { 1, 2, 3, 4 }, function(a, b) error("cmp " .. a, 0) end), pcall(string.gsub, "abc", "%w", function(c) error("sub " .. c, 0) end))
print(pcall(load, function() coroutine.yield() end))
print(xpcall(function() return table.concat({ 1, 2, 3 }, setmetatable({}, {})) end, function(m) return pcall(error, m) end))
local function level(n) if n == 0 then return "bottom" end local ok, v = pcall(level, n - 1) return v end
print(level(150))
print(pcall(function() local function f(n) return (("x"):gsub("x", function() return f(n + 1) end)) end return f(1) end))
print(pcall(function() local function f(n) table.sort({ 2, 1 }, function() f(n + 1) end) end f(1) end))
local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k + 1] end
print(pcall(function() return t[1] end))
getmetatable(t).__index = t
print(pcall(function() return t[1] end))
local h = 0
print(xpcall(function() error("a") end, function(m) h = h + 1 if h < 5 then error("b") end return h end))
local wrapped = coroutine.wrap(function() return xpcall(function() local x <close> = setmetatable({}, { __close = function() coroutine.yield("closing") error("E2", 0) end }) coroutine.yield("body") error("E1", 0) end, function(m) return m .. "(h)" end) end)
print(wrapped()) print(wrapped()) print(wrapped())
for a, b in ("k1=v1;k2=v2"):gmatch("(%w+)=(%w+)") do for c in b:gmatch(".") do print(a, c) end end
print(select("#", ("x"):rep(100):byte(1, -1)), pcall(next, {}, 1), rawequal("a", "a"), #table.pack(("a b c d"):match("(%a) (%a) (%a) (%a)")))
return inner(9)
