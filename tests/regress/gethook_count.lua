-- profile: full
-- The count is what was given, even if it makes no events.
local function hook() end
for _, count in ipairs({ -8, 0, 5, 1 << 31 }) do
  debug.sethook(hook, "cr", count)
  print(select(2, debug.gethook()))
end
debug.sethook()
