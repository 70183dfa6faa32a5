-- Details of library functions that random calls found.
local function try(f, ...)
  print(select(2, pcall(f, ...)))
end

-- The position is the second argument.
try(table.remove, {}, 5)
try(table.remove, {1, 2}, -1)

-- Seeds are integers.
try(math.randomseed, 2.5)
try(math.randomseed, 1e100)

-- A float is no key of a table, though it may index.
try(next, {10, 20}, 1)
try(next, {10, 20}, 2.0)

-- Unknown options are shown as they are, up to a zero byte where C reads them.
print(select(2, pcall(string.pack, "\xe4")):byte(-2))
try(collectgarbage, "a\0b")

-- Tables that say they are equal are one to table.move; so it goes from the end on.
local log = {}
local meta = {
  __eq = function() log[#log + 1] = "eq" return true end,
  __newindex = function(t, k, v) log[#log + 1] = k .. "=" .. tostring(v) rawset(t, k, v) end,
}
local a, b = setmetatable({1, 2, 3}, meta), setmetatable({}, meta)
print(table.move(a, 1, 3, 2, b) == b, table.concat(log, " "))
log = {}
table.move(a, 1, 3, 1, b)
print(table.concat(log, " "))
log = {}
meta.__eq = function() error("not equal") end
print(pcall(table.move, a, 1, 3, 2, b))
meta.__eq = nil
print(#table.move(a, 1, 3, 3, b), table.concat(b, ","))
