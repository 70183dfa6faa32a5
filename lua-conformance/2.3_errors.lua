-- Manual §2.3: error handling, error objects, positions.
print(pcall(error, "msg"))
print(pcall(error, "msg", 0))
print(pcall(function() error("here") end))
print(pcall(function() error("no position", 0) end))
local function lvl1() error("level one", 1) end
local function lvl2() error("level two", 2) end
print(pcall(function() lvl1() end))
print(pcall(function() lvl2() end))
print(pcall(function() error() end))
print(pcall(function() error(nil) end))
print(pcall(function() error(42) end))
print(pcall(function() error(true) end))
print(select("#", pcall(error)))
local obj = setmetatable({code = 7}, {__tostring = function(o) return "object " .. o.code end})
local ok, e = pcall(error, obj)
print(ok, e == obj, e.code, tostring(e))
-- nested
print(pcall(pcall))
print(pcall(pcall, error))
print(pcall(pcall, error, "x"))
print(pcall(function()
  local ok, e = pcall(error, {1})
  error(e[1] + 1)
end))
-- rethrowing keeps the value
print(pcall(function()
  local ok, e = pcall(function() error("inner") end)
  error(e, 0)
end))
-- xpcall and its handler
print(xpcall(function() error("E", 0) end, function(m) return m .. "!" end))
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))
print(xpcall(function() local x = nil; return x.y end, function(m) return "handled: " .. m end))
print(xpcall(error, function(m) return type(m) end))
print(select("#", xpcall(error, function() return 1, 2, 3 end)))
print(pcall(xpcall))
print(pcall(xpcall, print))
-- the handler runs at the point of the error
local depth = 0
local function inner() depth = depth + 1; error("deep", 0) end
print(xpcall(inner, function(m) return m .. depth end))
-- calls with no function
print(pcall(nil))
print(pcall(42))
print(pcall({}))
-- assert
print(pcall(assert, false))
print(pcall(assert, nil, "message"))
print(pcall(assert, false, {1} and 12))
print(pcall(assert))
print(assert(1, 2, 3))
print(select("#", assert(true)))
print(pcall(assert, false, nil))
