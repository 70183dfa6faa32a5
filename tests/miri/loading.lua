--full
-- Sources in pieces, dumped code, environments.
local n = 0
local f = load(function() n = n + 1 return ({"return ", "1 ", "+ ", "... ", nil})[n] end)
local g = load("x = (x or 0) + 1 local function a() return x end return a", "=g", "t", {})
local dumped = string.dump(function(a) local t = {a, k = a} for i = 1, 3 do t[#t + 1] = i end return t, function() return a end end)
local h = load(dumped, "d", "b")
local t, up = h(5)
local bad, why = load("local = 3")
local worse = load(dumped:sub(1, 40), "d", "b")
local big = {"return {"}
for i = 1, 80 do big[#big + 1] = ("{%d, 's%d', %d.5, k%d = true},"):format(i, i, i, i) end
big[#big + 1] = "}"
local made = load(table.concat(big))()
local ok = pcall(load, function() error("source") end)
local stripped = load(string.dump(load("local a <const> = 3 return a, ..."), true))
return f(2) == 3 and g()() == 1 and #t == 4 and up() == 5 and bad == nil and why ~= nil and worse == nil
  and made[80].k80 and made[7][3] == 7.5 and select(2, stripped(9)) == 9
