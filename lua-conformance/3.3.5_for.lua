-- Manual §3.3.5: numeric and generic for.
local function collect(a, b, c)
  local r = {}
  for i = a, b, c do r[#r + 1] = tostring(i); if #r > 12 then break end end
  return table.concat(r, " ")
end
print(collect(1, 3, 1)); print(collect(3, 1, -1)); print(collect(1, 0, 1) == ""); print(collect(1, 1, 1))
print(collect(1, 2, 0.5)); print(collect(1.0, 3, 1)); print(collect(1, 3.7, 1)); print(collect(3, 1.2, -1))
print(collect(1, math.huge, 1)); print(collect(1, -math.huge, -1)); print(collect(1, -math.huge, 1) == "")
print(collect(0.1, 0.35, 0.1)); print(collect(10, 1, -3)); print(collect(-3, 3, 2))
print(collect(math.maxinteger - 2, math.maxinteger, 1)); print(collect(math.mininteger + 2, math.mininteger, -1))
print(collect(math.maxinteger - 1, math.huge, 1)); print(collect(math.mininteger, math.maxinteger, math.maxinteger))
print(collect(1, 0/0, 1) == "", collect(math.maxinteger, math.mininteger, math.mininteger))
print(collect(1, 10, math.maxinteger)); print(collect(3, 2^63, 2^62))
print(pcall(function() for i = 1, 10, 0 do end end))
print(pcall(function() for i = 1.0, 10, 0 do end end))
print(pcall(function() for i = "1", 10 do end end))
print(pcall(function() for i = 1, "10" do end end))
print(pcall(function() for i = 1, 10, "1" do end end))
print(pcall(function() for i = nil, 10 do end end))
print(pcall(function() for i = 1, {} do end end))
print(pcall(function() for i = 1, 2, print do end end))
-- the loop variable is a copy
for i = 1, 3 do local j = i; i = i * 10; io = io; print(i, j) end
-- bounds evaluated once
local n = 3
local c = 0
for i = 1, n do n = 10; c = c + 1 end
print(c)
-- generic for
local function iter(s, k) if k < s then return k + 1, (k + 1) ^ 2 end end
for k, v in iter, 3, 0 do print(k, v) end
for a, b, c in function(s, v) if not v then return 1, 2, 3, 4 end end do print(a, b, c) end
for k in next, { 10 } do print(k) end
for i, v in ipairs { 1, 2, nil, 4 } do print(i, v) end
-- closing value
do
  local log = {}
  local closer = setmetatable({}, { __close = function(_, e) log[#log + 1] = "closed:" .. tostring(e) end })
  for i in function(_, i) if i < 3 then return i + 1 end end, nil, 0, closer do log[#log + 1] = i end
  for i in function(_, i) return i + 1 end, nil, 0, closer do log[#log + 1] = i; if i == 2 then break end end
  print(pcall(function() for i in function(_, i) return i + 1 end, nil, 0, closer do error("boom", 0) end end))
  local function ret() for i in function(_, i) return i + 1 end, nil, 0, closer do return "ret" .. i end end
  print(ret())
  print(table.concat(log, " "))
  print(pcall(function() for i in next, {}, nil, 42 do end end))
end
-- callable objects as iterators
local obj = setmetatable({ n = 0 }, { __call = function(self) self.n = self.n + 1; if self.n <= 2 then return self.n end end })
for i in obj do print("obj", i) end
-- __pairs
local p = setmetatable({}, { __pairs = function(t) return function(_, k) if not k then return 1, "one" end end, t, nil end })
for k, v in pairs(p) do print(k, v) end
-- ipairs respects __index
for i, v in ipairs(setmetatable({}, { __index = function(_, i) if i <= 3 then return i * i end end })) do print(i, v) end
-- modifying existing fields while traversing
local t = { 1, 2, 3 }
for k, v in pairs(t) do t[k] = v * 2 end
print(t[1], t[2], t[3])
for k in pairs(t) do t[k] = nil end
print(next(t))
-- nested with the same names
for i = 1, 2 do for i = i, i + 1 do print(i) end end

-- a NaN among the control values: no comparison with it keeps the loop from its first round
local nan = 0/0
local function rounds(first, limit, step)
  local n, last = 0, nil
  for x = first, limit, step do
    n, last = n + 1, x
    if n == 4 then break end
  end
  return n, math.type(last)
end
for _, c in ipairs {
  { 1, nan, -1 }, { 1, nan, 1 }, { 1.0, nan, 1 }, { 1.0, nan, -1 }, { nan, 1, 1 },
  { nan, 1, -1 }, { nan, nan, 1 }, { 1, 2, nan }, { 2, 1, nan }, { 1.5, 1.5, nan },
} do
  print(rounds(c[1], c[2], c[3]))
end
