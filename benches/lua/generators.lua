-- Generic loops over coroutines, matches and characters.
-- small: 2
local size = tonumber((...)) or 12000

local function count(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i) end
  end)
end
local function odd(numbers)
  return coroutine.wrap(function()
    for n in numbers do
      if n % 2 == 1 then coroutine.yield(n) end
    end
  end)
end
local text = ("a tale of häße and ships; "):rep(4)
local sum = 0
for _ = 1, size do
  for n in odd(count(60)) do sum = sum + n end
  for word in text:gmatch("%a+") do sum = sum + #word end
  for letter in text:gmatch(".") do if letter == "a" then sum = sum + 1 end end
  for _, code in utf8.codes(text) do sum = sum + code end
end
print(sum)
