do
  local a <close> = setmetatable({}, {__close = function() print("a") end})
  local b <close> = setmetatable({}, {__close = function(_, e) print("b", e) end})
  print(pcall(function() local c <close> = setmetatable({}, {__close = function(_, e) print("c", e) error("two", 0) end}) error("one", 0) end))
end
for i in setmetatable({}, {__call = function(_, _, i) i = (i or 0) + 1 return i < 3 and i or nil end}), nil, nil, setmetatable({}, {__close = function() print("loop") end}) do print(i) end
