-- Files that are read and written in turn, their positions and their modes.
local function contents()
  local f <close> = assert(io.open("f", "rb"))
  return f:read("a")
end
local f = assert(io.open("f", "w+"))
print(f:write("0123456789"):seek())
print(f:seek("set", 3), f:read(2), f:seek())
print(f:write("ab"):seek(), f:read(1), f:write("!"):seek("cur", 0), f:read("a"))
f:close()
print(contents())
f = assert(io.open("f", "r+"))
print(f:read(1), f:write("X") == f, f:read(1)) -- one position for both
f:seek("end"); f:write("end\nmore"); f:seek("set", 4)
print(f:read("l", "L", "l"))
f:close()
print(contents())
f = assert(io.open("f", "a"))
print(f:seek(), f:write("|a"):seek(), f:seek("set", 0))
f:write("b"):close()
print(contents())
f = assert(io.open("f", "a+"))
print(f:read(3), f:write("c"):seek("set", 1), f:read(2))
f:write("d")
print(f:seek("cur"), f:read(1))
f:close()
print(contents())
f = assert(io.open("f", "w"))
print(contents() == "", f:write("x") == f, contents() == "", f:flush(), contents())
f:close()
f = assert(io.open("f", "w"))
f:write(("line %d\n"):rep(3):format(1, 2, 3))
f:seek("set", 20); f:write("z"); f:close()
print((contents():gsub("%z", "0")))
f = assert(io.open("f", "w"))
for i = 1, 5000 do f:write(i, "\n") end
f:close()
f = assert(io.open("f"))
local count, sum, position = 0, 0, 0
while true do
  local l = f:read()
  if not l then break end
  count, sum = count + 1, sum + tonumber(l)
  if count % 1000 == 0 then position = f:seek(); f:seek("cur", -3); f:seek("set", position) end
end
print(count, sum, position, f:seek("end"), f:read(0), f:read("a"), f:read("l"))
print(f:seek("set", 10), f:read(1, 0, 2, "l", "L"))
f:close()
-- Long lines, long blocks, everything.
f = assert(io.open("f", "wb"))
local long = ("0123456789"):rep(10001)
f:write(long, "\n", long, "\0\n", long):close()
for line in io.lines("f") do print(#line, line == long, line:byte(-1)) end
for line in io.lines("f", "L") do print(#line) end
f = io.open("f")
print(#f:read(70000), #f:read("l"), #f:read("a"), f:read("a"), f:read(1), f:read(0), f:read("L"))
f:close()
local sizes = {}
for block in io.lines("f", 65536) do sizes[#sizes + 1] = #block end
print(table.concat(sizes, " "))
print(io.open("f"):read(100, "l", 5, "n", "a"):len())
f = io.open("empty", "w"):close()
print(io.open("empty"):read("a"), io.open("empty"):read("l"), io.open("empty"):read(0))
io.open("nl", "w"):write("\n\nx\n"):close()
for l in io.lines("nl") do io.write("[", l, "]") end
for l in io.lines("nl", "L") do io.write("[", l, "]") end
print()
print(os.rename("nl", "nl2"), io.open("nl"), io.open("nl2"):read(0))
