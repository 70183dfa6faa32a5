-- Calls of the host in the midst of everything.
local out = {}
local function put(...) out[#out + 1] = table.concat({ ... }, " ") end
for i = 1, 20 do put(echo(i, "x"), ask("a" .. i), next_number(i)) end
put((("a b c d"):gsub("%a", function(c) return ask(c):upper() end)))
local t = { 5, 2, 9, 1, 7 }
table.sort(t, function(a, b) return ask(a) < echo(b) end)
put(table.concat(t, ","))
local co = coroutine.wrap(function(a)
  for i = 1, 5 do a = coroutine.yield(ask(a + i)) end
  return "end"
end)
local v = 1
repeat v = co(v) put(v) until v == "end"
local object = setmetatable({}, {
  __index = function(_, k) return ask(k) end,
  __close = function() put("closed", ask("c")) end,
  __gc = function() echo("collected") end,
})
do
  local guard <close> = object
  put(object.field, tostring(pcall(fail, "no")))
end
put(yield("out"), select("#", ask()))
for k, w in pairs({ a = 1, b = 2, 3 }) do put(tostring(k), ask(w)) end
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 50 do weak[{}] = ask(i) end
object = nil
collectgarbage()
put(require("m").next(), require("m").next(), tostring(next(weak) == nil))
local results = host.all({ { ask, 1 }, { ask, 2 }, { echo, 3 } })
put(#results, json.encode(results))
print(table.concat(out, "\n"))
return out
