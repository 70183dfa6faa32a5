-- `table.sort` writes the pivot back as it was read, and does not look for it once more.
local list, calls = { 5, 4, 3, 2, 1 }, 0
print(pcall(table.sort, list, function(a, b)
  calls = calls + 1
  if calls == 4 then
    for key in pairs(list) do list[key] = nil end
  end
  return (a or 0) < (b or 0)
end))
for i = 1, 5 do print(i, list[i]) end
local reads, behind = 0, { 5, 4, 3, 2, 1 }
local proxy = setmetatable({}, {
  __index = function(_, key)
    reads = reads + 1
    return behind[key]
  end,
  __newindex = function(_, key, value) behind[key] = value end,
  __len = function() return #behind end,
})
table.sort(proxy, function(a, b) return a < b end)
print(reads, table.concat(behind, " "))
