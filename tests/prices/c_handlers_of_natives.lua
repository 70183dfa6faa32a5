-- Native functions whose metamethods are native, 200 within each other.
local meta = { __lt = math.max, __tostring = tostring }
local a = setmetatable({}, meta)
local b = setmetatable({}, meta)
local function compare() return a < b end
print('ready')
while true do pcall(compare) pcall(tostring, a) end
