-- Queens on a board: counting all solutions by backtracking.
-- small: 5
local size = tonumber((...)) or 11

local columns, rising, falling = {}, {}, {}
local solutions, tried, first = 0, 0, nil

local function place(row)
  if row > size then
    solutions = solutions + 1
    first = first or table.concat(columns, " ")
    return
  end
  for column = 1, size do
    tried = tried + 1
    local up, down = row + column, row - column
    if not (columns[-column] or rising[up] or falling[down]) then
      columns[row], columns[-column], rising[up], falling[down] = column, true, true, true
      place(row + 1)
      columns[row], columns[-column], rising[up], falling[down] = nil, nil, nil, nil
    end
  end
end

place(1)
print(size, solutions, tried, first)
