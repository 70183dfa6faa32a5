-- Iterators: what they return, when they close, in coroutines and loops.
io.open("f", "w"):write("a\nb\nc\nd\n"):close()
print(select("#", io.lines("f")), select("#", io.lines("f", "l", "n")))
local it, state, control, closing = io.lines("f")
print(type(it), state, control, io.type(closing))
print(it(), it(), it(), it(), io.type(closing))
print(it(), io.type(closing))
local kept
for l in io.lines("f") do if l == "b" then break end end
do
  local ok, message = pcall(function()
    local it, s, c, f = io.lines("f")
    kept = f
    for l in it, s, c, f do error("out of " .. l, 0) end
  end)
  print(ok, message, io.type(kept))
end
local co = coroutine.wrap(function()
  for l in io.lines("f") do coroutine.yield(l) end
  return "end"
end)
print(co(), co(), co(), co(), co())
local co = coroutine.create(function()
  local it, s, c, f = io.lines("f")
  kept = f
  for l in it, s, c, f do coroutine.yield(l) end
end)
print(coroutine.resume(co))
print(coroutine.close(co), io.type(kept))
local wrapped = coroutine.wrap(io.lines("f"))
print(wrapped())
local f = io.open("f")
for l in f:lines() do io.write(l, " ") end
print(io.type(f), f:read(), f:seek("set"), f:read())
for a, b, c in f:lines(1, 1, "l") do io.write(tostring(a), "|", tostring(b), "|", tostring(c), ";") end
print()
for a, b in io.lines("f", 0, "L") do io.write("[", a, b, "]") end
print()
for n in io.lines("f", "n") do print("never", n) end
io.input("f")
for l in io.lines() do io.write(l) end
print(io.read(), io.type(io.input()))
io.input():seek("set")
for l in io.lines(nil, "L") do io.write(l) end
print(io.close(io.input()))
for i = 1, 3 do
  local total = 0
  for l in io.lines("f") do
    for m in io.lines("f") do total = total + #m end
  end
  io.write(total, " ")
end
print()
local formats = {}
for i = 1, 250 do formats[i] = 1 end
io.open("g", "w"):write(("xy"):rep(200)):close()
print(select("#", io.lines("g", table.unpack(formats))()))
local g = io.open("g")
for i = 251, 1000 do formats[i] = 1 end
print(select("#", g:read(table.unpack(formats))))
io.open("chunk", "w"):write("return 1\n + 2\n"):close()
print(load((io.lines("chunk", "L")))(), load((io.lines("chunk", 1)))())
print(pcall(string.rep, io.stdout, 2))
print(g == g, g ~= io.open("g"), #{g})
print(getmetatable(g).__gc(g), io.type(g), getmetatable(g).__gc(g), getmetatable(io.stdout).__gc(io.stdout))
