-- Coroutines: generators, a pipeline of filters, and many short ones.
-- small: 50
local size = tonumber((...)) or 450000

local function numbers(from, to)
  return coroutine.wrap(function()
    for i = from, to do coroutine.yield(i) end
  end)
end

local function without(multiples, source)
  return coroutine.wrap(function()
    for i in source do
      if i % multiples ~= 0 then coroutine.yield(i) end
    end
  end)
end

local pipe = numbers(2, size)
for _, factor in ipairs { 2, 3, 5, 7, 11 } do pipe = without(factor, pipe) end
local sum, count = 0, 0
for i in pipe do sum, count = sum + i, count + 1 end

local finished = 0
for i = 1, size // 4 do
  local co = coroutine.create(function(a) return a + coroutine.yield(a) end)
  local _, first = coroutine.resume(co, i)
  local _, last = coroutine.resume(co, first)
  finished = finished + last
end
print(sum, count, finished)
