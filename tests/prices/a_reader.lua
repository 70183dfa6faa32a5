-- a reader of many short pieces
local load, n = load, 0
local function read() n = n + 1 if n % 5000 == 0 then return nil end return " " end
for i = 1, 1e9 do load(read, "=a") end
