--full
-- Weak tables, ephemerons, finalizers, what comes back to life.
local ran, kept = 0, {}
local keys, values, both = setmetatable({}, {__mode = "k"}), setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "kv"})
local anchor = {}
for i = 1, 30 do
  local o = setmetatable({i}, {__gc = function(s) ran = ran + 1 if s[1] % 5 == 0 then kept[#kept + 1] = s end end})
  keys[o] = {o} values[i] = o both[o] = {} both["s" .. i] = "s" .. i
  if i % 4 == 0 then anchor[#anchor + 1] = o end
  keys[{}] = i values["k" .. i] = {} values[i + 100] = i
end
local chain = {}
do local k = {} chain.first = k for i = 1, 15 do local n = {} keys[k] = n k = n end end
collectgarbage() collectgarbage()
local left, strong = 0, 0
for k, v in pairs(keys) do left = left + 1 end
for k, v in pairs(values) do if type(v) == "number" then strong = strong + 1 end end
anchor = nil chain = nil
collectgarbage("step") collectgarbage() collectgarbage()
local co = coroutine.create(function() local x = setmetatable({}, {__gc = function() ran = ran + 1 end}) coroutine.yield() end)
coroutine.resume(co) co = nil
collectgarbage() collectgarbage("incremental") collectgarbage("generational")
kept = nil
collectgarbage()
return ran == 31 and left >= 15 and strong == 30 and next(keys) == nil and collectgarbage("count") > 0
