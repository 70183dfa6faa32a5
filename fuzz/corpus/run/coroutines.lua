local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "end" end) end
local out = {}
for a, b in gen(8) do out[#out + 1] = tostring(a) .. ":" .. tostring(b) if a == "end" then break end end
return table.concat(out, " ")
