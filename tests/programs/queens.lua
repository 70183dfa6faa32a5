local N, count = 6, 0
local function ok(a, n, c) for i = 1, n - 1 do if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end
local function add(a, n) if n > N then count = count + 1 return end for c = 1, N do if ok(a, n, c) then a[n] = c add(a, n + 1) end end end
add({}, 1)
print(count)
local primes, sieve = {}, {}
for i = 2, 400 do if not sieve[i] then primes[#primes + 1] = i for j = i * i, 400, i do sieve[j] = true end end end
print(#primes, table.concat(primes, " ", 1, 10))
local freq, order = {}, {}
for w in ("it was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness"):gmatch("%a+") do if not freq[w] then order[#order + 1] = w end freq[w] = (freq[w] or 0) + 1 end
table.sort(order, function(a, b) return freq[a] > freq[b] or freq[a] == freq[b] and a < b end)
for i = 1, 5 do print(order[i], freq[order[i]]) end
local Stack = {} Stack.__index = Stack
function Stack.new() return setmetatable({ n = 0 }, Stack) end
function Stack:push(x) self.n = self.n + 1 self[self.n] = x return self end
function Stack:pop() local x = self[self.n] self[self.n] = nil self.n = self.n - 1 return x end
local st = Stack.new()
for tok in ("3 4 + 2 * 7 / 1 5 - *"):gmatch("%S+") do
  local num = tonumber(tok)
  if num then st:push(num) else local b, a = st:pop(), st:pop() st:push(tok == "+" and a + b or tok == "-" and a - b or tok == "*" and a * b or a / b) end
end
print(st:pop())
local memo = {}
local function lcs(a, b, i, j) if i == 0 or j == 0 then return 0 end local k = i * 1000 + j if memo[k] then return memo[k] end local r if a:byte(i) == b:byte(j) then r = 1 + lcs(a, b, i - 1, j - 1) else r = math.max(lcs(a, b, i - 1, j), lcs(a, b, i, j - 1)) end memo[k] = r return r end
print(lcs("the quick brown fox", "a quack brawn ox is", 19, 19))
local m = {}
for i = 1, 12 do m[i] = {} for j = 1, 12 do m[i][j] = (i * j) % 7 + 0.5 end end
local p = {}
for i = 1, 12 do p[i] = {} for j = 1, 12 do local x = 0 for k = 1, 12 do x = x + m[i][k] * m[k][j] end p[i][j] = x end end
print(p[1][1], p[12][12])
return count
