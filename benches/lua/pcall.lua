-- Calls that are protected, some of which fail.
-- small: 100
local size = tonumber((...)) or 300000

local function may_fail(i)
  if i % 4 == 0 then error({ code = i }) end
  if i % 4 == 1 then error("text " .. i % 10, 0) end
  return i
end
local good, bad = 0, 0
for i = 1, size * 3 do
  local ok, what = pcall(may_fail, i)
  if ok then good = good + what elseif type(what) == "table" then bad = bad + what.code else bad = bad + #what end
end
for i = 1, size do
  if not xpcall(may_fail, function(m) return m end, i) then bad = bad + 1 end
end
print(good, bad)
