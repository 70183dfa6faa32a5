-- Closures with 1 to 250 upvalues.
local sources = {}
for _, count in ipairs {1, 3, 5, 9, 17, 25, 33, 65, 129, 190, 250} do
  local names, uses = {}, {}
  local text = {}
  for first = 1, count, 100 do
    local list = {}
    for i = first, math.min(count, first + 99) do list[#list + 1] = "v" .. i uses[#uses + 1] = "v" .. i end
    text[#text + 1] = "local " .. table.concat(list, ",") .. " return function()"
  end
  local source = table.concat(text, " ") .. " local t, n = {}, 0 pcall(function() while true do n = n + 1 t[n] = function() return "
    .. table.concat(uses, "+") .. " end end end) return n" .. (" end"):rep(#text)
  local f = assert(load(source))
  for _ = 1, #text do f = f() end
  print(count, f())
  f = nil
  collectgarbage()
end
