-- profile: full
-- A call of a function without fixed parameters hands nothing over.
local function none() end
local function open(...) return ... end
local function two(a, b) return a end
local seen = {}
debug.sethook(function(event)
  local info = debug.getinfo(2, "r")
  seen[#seen + 1] = event .. " " .. info.ftransfer .. " " .. info.ntransfer
end, "cr")
none(1)
open(1, 2)
two(1)
debug.sethook()
print(table.concat(seen, "\n", 2, #seen - 1))
