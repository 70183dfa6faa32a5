-- Much garbage: many collections fall between the slices.
local keep = {}
for i = 1, 3000 do
  local t = { i, tostring(i), { i } }
  keep[i % 50 + 1] = t
  local s = ("x"):rep(i % 100) .. i
  keep[s:sub(1, 2)] = function() return t, s end
end
local n = 0
for k, v in pairs(keep) do n = n + 1 end
print(n)
local long = {}
for i = 1, 60 do long[i % 7 + 1] = ("data "):rep(400) .. i end
print(#table.concat(long))
local list
for i = 1, 2000 do list = { next = i % 100 ~= 0 and list or nil, value = i } end
local sum = 0
while list do sum = sum + list.value list = list.next end
print(sum)
local cos = {}
for i = 1, 200 do
  local co = coroutine.wrap(function(a) local x = { a } while true do a = coroutine.yield(x[1] + a) x = { a } end end)
  cos[i % 10 + 1] = co
  co(i)
end
print(cos[1](5), cos[10](6))
local text = ("word "):rep(500)
for i = 1, 5 do text = text:gsub("%a+", function(w) return w == "word" and "other" or "word" end) end
print(#text, text:sub(1, 20))
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 100 do weak[i] = "string" .. i end
collectgarbage() collectgarbage("collect")
local j = {}
for i = 1, 20 do j = json.decode(json.encode({ j[1], i, { a = i } })) end
print(json.encode(j))
for i = 1, 20 do load("local a = {" .. ("{1,2},"):rep(50) .. "} return #a")() end
return n, sum
