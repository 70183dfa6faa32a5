-- mem=256M An error unwinds 10,000 calls.
local pcall, error = pcall, error
local function rec(n) if n > 0 then return rec(n - 1) + 1 end error() end
print('ready')
while true do pcall(rec, 10000) end
