--full
-- What unwinds: through frames, natives, metamethods, message handlers, deep stacks.
local function fails(f, ...) local r = table.pack(pcall(f, ...)) return not r[1] and r[2] end
local e1 = fails(function() local x = nil return x.y end)
local e2 = fails(function() return {} + 1 end)
local e3 = fails(error, {1, 2})
local e4 = fails(function() string.rep() end)
local e5 = fails(function() return 1 < "2" end)
local e6 = fails(function() for i = 1, 10, 0 do end end)
local h = {xpcall(function(a) error("x" .. a) end, function(m) return m .. debug.traceback("t") end, "arg")}
local inner = {xpcall(function() error("a") end, function(m) error("b") end)}
local function over(n) return 1 + over(n + 1) end
local log = {}
local function closing(k)
  local c <close> = setmetatable({}, {__close = function(_, e) log[#log + 1] = tostring(e) if k == 2 then error("second", 0) end end})
  if k == 0 then error("first", 0) end
  return (closing(k - 1))
end
local ok, m = pcall(closing, 4)
local mt = setmetatable({}, {__index = function(t, k) error("no " .. k, 0) end})
local e7 = fails(function() return mt.field end)
local e8 = fails(function() return #5 end)
local e9 = fails(setmetatable, 1, 2)
for i = 1, 10 do pcall(pcall, error, i) end
return e1 and e2 and e3[2] == 2 and e4 and e5 and e6 and not h[1] and not inner[1] and #log == 5
  and m == "second" and e7 == "no field" and e8 and e9 and select("#", pcall(error)) == 2
