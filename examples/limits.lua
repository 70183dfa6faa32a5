-- Shows which limits a script can handle and which end it whatever it does.
-- Run: cargo run --release -- run --fuel 50M examples/limits.lua; echo "exit status $?"
-- It ends with exit status 4: out of fuel, inside a pcall, a coroutine and a handler.

-- Memory is asked for before it is taken, and a refusal is an ordinary error.
local ok, err = pcall(string.rep, "x", 1 << 30)
print("1 GiB in one string:", ok, err)

local parts = {}
ok, err = pcall(function()
  for i = 1, math.huge do parts[i] = ("x"):rep(1 << 20) .. i end
end)
print("and bit by bit:", ok, err)
parts = nil

-- Depth is an ordinary error as well.
local function descend(n) return 1 + descend(n + 1) end
ok, err = pcall(descend, 1)
print("endless recursion:", ok, (tostring(err):match("stack overflow")))

-- Fuel is not: no pcall, handler or coroutine ever sees the end of it.
print("and now a loop without end")
local stubborn = coroutine.wrap(function()
  while true do
    xpcall(function() while true do end end, function() return "handled" end)
    print("this line is never printed")
  end
end)
pcall(stubborn)
print("and neither is this one")
