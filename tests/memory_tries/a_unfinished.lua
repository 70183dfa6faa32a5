-- compilations that are given up inside coroutines
local src = ("local a = {1, f = function() end} "):rep(190)
local kept = {}
pcall(function()
  while true do
    local co = coroutine.create(function() return load(function() coroutine.yield() return src end) end)
    coroutine.resume(co)
    coroutine.resume(co)
    kept[#kept + 1] = co
  end
end)
print(#kept)
