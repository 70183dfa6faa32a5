-- The sieve of Eratosthenes, and sums over what it leaves.
-- small: 1000
local size = tonumber((...)) or 4000000

local composite = {}
for i = 1, size do composite[i] = false end
local at = 2
while at * at <= size do
  if not composite[at] then
    for multiple = at * at, size, at do composite[multiple] = true end
  end
  at = at + 1
end
local primes = {}
for i = 2, size do
  if not composite[i] then primes[#primes + 1] = i end
end
local twins = 0
for i = 2, #primes do
  if primes[i] - primes[i - 1] == 2 then twins = twins + 1 end
end
print(#primes, primes[#primes], twins)
