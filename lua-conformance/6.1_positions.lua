-- Manual §6.1: error levels and positions over calls.
local function here(level) error("at " .. level, level) end
local function outer(level) here(level); return 1 end
local function outermost(level) outer(level); return 1 end
for level = 0, 4 do print(pcall(outermost, level)) end
print(pcall(function()
  local x =
    nil
  return x
    .y
end))
print(pcall(function()
  return 1 + 2 + {}
end))
print(pcall(function()
  local t = {}
  t.a
    .b
    .c = 1
end))
print(pcall(function()
  print(
    #nil
  )
end))
print(pcall(function()
  local f
  f(
    1,
    2
  )
end))
print(pcall(function()
  local s = "a" .. "b" .. {}
end))
print(pcall(function()
  for i = 1, 3 do
    if i == 2 then
      error("i is " .. i)
    end
  end
end))
print(pcall(function()
  while true do error({ "table" }) end
end) == false)
-- library errors carry the caller's position
print(pcall(function() string.rep() end))
print(pcall(function() ("x"):rep({}) end))
print(pcall(function() ("x"):bad() end))
print(pcall(function() math.floor("x") end))
print(pcall(function() setmetatable(1, 2) end))
print(pcall(function() table.concat({ {} }) end))
print(pcall(function() table.insert({}, 1, 2, 3) end))
print(pcall(function() table.insert({}, 5, 1) end))
print(pcall(function() local insert = table.insert; insert(nil, 1) end))
print(pcall(function() string.char(256) end))
print(pcall(function() ("%d"):format("x") end))
print(pcall(function() ipairs() end))
print(pcall(function() tostring() end))
print(pcall(function() assert(false) end))
print(pcall(function() assert(nil, "assert message") end))
print(pcall(function() return math.random(2, 1) end))
print(pcall(function() return ("x"):find("[a") end))
print(pcall(function() return select(0) end))
-- tail calls lose the caller's frame
local function tailed() return error("in tail", 2) end
print((pcall(function() tailed() return 1 end)))
-- errors thrown in coroutines and metamethods
local co = coroutine.create(function() local x = nil; x() end)
print(coroutine.resume(co))
print(pcall(coroutine.wrap(function() error("w") end)))
local m = setmetatable({}, { __index = function(_, k) error("no field " .. k) end, __add = function() error("no add", 2) end })
print(pcall(function() return m.foo end)); print(pcall(function() return m + 1 end))
print(pcall(function() local a <close> = setmetatable({}, { __close = function() error("closing") end }) end))
-- nested pcall positions
print(pcall(function() local ok, e = pcall(error, "inner", 1); error("outer " .. e) end))
-- sort and gsub callbacks
print(pcall(table.sort, { 3, 2, 1 }, function(a, b) error("cmp") end)); print(pcall(string.gsub, "abc", ".", function(c) error("sub " .. c, 0) end))
print(pcall(string.gsub, "abc", ".", function() return {} end)); print(pcall(string.gsub, "abc", "(.)", "%2"))
