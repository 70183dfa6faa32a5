-- profile: strict compat full
-- `table.sort` writes two elements in the order of PUC's, which `__newindex` sees.
local function sorted(list, compare)
  local log = {}
  local proxy = setmetatable({}, {
    __index = list,
    __newindex = function(_, key, value)
      log[#log + 1] = key .. "=" .. tostring(value)
      list[key] = value
    end,
    __len = function() return #list end,
  })
  print(pcall(table.sort, proxy, compare))
  print(table.concat(log, " "))
  print(table.concat(list, " "))
end
sorted({2, 1})
sorted({3, 2, 1})
sorted({2, 3, 1})
sorted({2, 1, 3})
sorted({5, 4, 3, 2, 1})
sorted({3, 1, 2, 5, 4}, rawequal)
sorted({2, 2, 1, 1, 3, 3})
sorted({7, 3, 9, 1, 8, 2, 6, 4, 5}, function(a, b) return a > b end)
sorted({6, 12, 7, 5, 8, 11, 6, 1, 5, 8, 9, 11, 5, 10})
-- A write that fails leaves what was written before.
local list = {3, 2, 1}
local proxy = setmetatable({}, {
  __index = list,
  __newindex = function(_, key, value)
    if key == 3 then error("no " .. key, 0) end
    list[key] = value
  end,
  __len = function() return 3 end,
})
print(pcall(table.sort, proxy))
print(table.concat(list, " "))
