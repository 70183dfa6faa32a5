-- Tables that die leave free memory for the next ones, which never come: strings do.
local kept = {}
for i = 1, 20000 do kept[i] = { i, { i } } end
for _ = 1, 40 do
  local garbage = {}
  for i = 1, 20000 do garbage[i] = { i, k = i } end
end
local strings = {}
for i = 1, 1e9 do strings[i] = ("x"):rep(60000) .. i end
