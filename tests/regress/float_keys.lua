-- Keys that are floats without a fraction, but no integers: `next` finds them again.
local t = { [1e300] = "a", [2 ^ 63] = "b", [-2 ^ 64] = "c", [0.5] = "d", [math.huge] = "e" }
local key, value = next(t)
while key do
  print(key, value)
  key, value = next(t, key)
end
print(next({ [2 ^ 53] = 1 }))
-- A float that is an integer is no key itself, as in PUC-Rio's.
print(pcall(next, { 1 }, 1.0), pcall(next, { [2 ^ 53 | 0] = 1 }, 2 ^ 53))
print(pcall(function() for key in next, { 1, 2 }, 1.0 do print(key) end end))
