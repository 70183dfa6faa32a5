-- Products of matrices and a decomposition, in floats.
-- small: 12
local size = tonumber((...)) or 210

local function matrix(n, f)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = f(i, j) end
    m[i] = row
  end
  return m
end

local function product(a, b, n)
  local columns = matrix(n, function(i, j) return b[j][i] end)
  return matrix(n, function(i, j)
    local sum, row, column = 0.0, a[i], columns[j]
    for k = 1, n do sum = sum + row[k] * column[k] end
    return sum
  end)
end

local function determinant(m, n)
  local value = 1.0
  for k = 1, n do
    local pivot = m[k]
    value = value * pivot[k]
    for i = k + 1, n do
      local row = m[i]
      local factor = row[k] / pivot[k]
      for j = k, n do row[j] = row[j] - factor * pivot[j] end
    end
  end
  return value
end

local a = matrix(size, function(i, j) return i == j and 2.0 or 1 / (i + j) end)
local b = product(a, product(a, a, size), size)
local trace = 0.0
for i = 1, size do trace = trace + b[i][i] end
print(string.format("%.8g %.8g", trace, determinant(a, size)))
