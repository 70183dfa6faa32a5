-- Method calls, on objects and through two levels of inheritance.
-- small: 500
local size = tonumber((...)) or 2000000

local Shape = {}
Shape.__index = Shape
function Shape.new(class, side) return setmetatable({ side = side, turns = 0 }, class) end
function Shape:turn() self.turns = self.turns + 1 return self end
function Shape:area() return 0 end

local Square = setmetatable({}, Shape)
Square.__index = Square
function Square:area() return self.side * self.side end

local Cube = setmetatable({}, Square)
Cube.__index = Cube
function Cube:area() return 6 * Square.area(self) end
Cube.__add = function(a, b) return Shape.new(Cube, a.side + b.side) end
Cube.__lt = function(a, b) return a.side < b.side end

local shapes = { Shape.new(Shape, 3), Shape.new(Square, 4), Shape.new(Cube, 5) }
local area = 0
for i = 1, size do
  local shape = shapes[i % 3 + 1]
  area = area + shape:turn():area()
end
local cube = Shape.new(Cube, 0)
for i = 1, size // 20 do
  cube = cube + shapes[3]
  if cube < shapes[3] then error("smaller") end
end
print(area, shapes[1].turns, cube:area())
