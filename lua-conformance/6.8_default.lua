-- profile: full
-- Manual §6.8: the default files, io.read, io.write, io.input, io.output, seek, setvbuf.
local name, other = os.tmpname(), os.tmpname()
local function mask(...)
  local t = table.pack(...)
  for i = 1, t.n do if type(t[i]) == "string" then t[i] = t[i]:gsub(name:gsub("%p", "%%%0"), "FILE"):gsub(other:gsub("%p", "%%%0"), "OTHER") end end
  return table.unpack(t, 1, t.n)
end
print(io.input() == io.stdin, io.output() == io.stdout, io.type(io.stderr))
print(io.write() == io.stdout, io.write("written ", 1, " ", 2.0, " ", -0.0, " ", 1e100, " ", math.mininteger, "\n") == io.stdout)
print(pcall(io.write, {})); print(pcall(io.write, "ok\n", nil)); print(pcall(io.write, true)); print(pcall(io.stdout.write, io.stdout, "a\n", print))
-- io.output
local stdout = io.output()
print(io.output(name) == io.output()); io.write("line 1\n", "line 2\n", 3, "\n"); print(io.output() ~= stdout, io.type(io.output())); io.close()
print(pcall(io.write, "x")); print(pcall(io.close)); io.output(stdout); print("back")
local f = io.open(other, "w"); print(io.output(f) == f); io.write("to the other"); io.output(stdout); print(f:close())
-- io.input
print(io.type(io.input(name)), io.input() ~= io.stdin); print(io.read()); print(io.read("l", "n")); print(io.read("a")); print(io.read("a")); print(io.read()); print(io.close(io.input()))
print(pcall(io.read)); print(pcall(io.lines))
f = io.open(other); print(io.input(f) == f, io.read(2), io.read("a")); f:close()
print(mask(pcall(io.input, "/nowhere/file"))); print(mask(pcall(io.output, "/nowhere/file"))); print(pcall(io.input, {})); print(pcall(io.output, 5) == true); io.output():close(); os.remove("5"); io.output(stdout)
-- io.lines without a name reads the default input and does not close it
io.input(name); for line in io.lines() do io.write("[", line, "]") end; io.write("\n"); print(io.type(io.input()), select("#", io.lines())); io.close(io.input()); io.input(io.stdin)
io.input(name); for a, b in io.lines(nil, 1, "L") do io.write(a, "|", b) end; io.close(io.input()); io.input(io.stdin)
-- print writes to standard output, whatever io.output says
io.output(name); print("printed"); io.close(); io.output(stdout); print(#assert(io.open(name)):read("a"))
-- seek
f = io.open(name, "w+"); f:write("0123456789")
print(f:seek()); print(f:seek("set")); print(f:seek("set", 3), f:read(2)); print(f:seek("cur"), f:seek("cur", -2), f:read(1)); print(f:seek("end"), f:seek("end", -1), f:read("a")); print(f:seek("end", 5)); f:write("X"); print(f:seek("set"), (f:read("a"):gsub("%z", "0")))
print(f:seek("set", -1)); print(f:seek("cur", -1000)); print(f:seek("cur")); print(pcall(f.seek, f, "nowhere")); print(pcall(f.seek, f, "set", 1.5)); print(pcall(f.seek, f, "set", "x")); print(pcall(f.seek, f, {})); print(f:seek(nil, nil), f:seek("set", "2"), f:seek("set", 2.0))
f:close()
-- buffering
f = io.open(name, "w"); local g = io.open(name)
print(f:setvbuf("full", 4096)); f:write("x"); print(g:read("a")); print(f:flush() == f); print(g:read("a"))
print(f:setvbuf("no")); f:write("y"); print(g:read("a")); print(f:setvbuf("line")); f:write("z\n"); print(g:read("a"))
print(pcall(f.setvbuf, f)); print(pcall(f.setvbuf, f, "some")); print(pcall(f.setvbuf, f, "full", "x")); f:close(); g:close()
print(pcall(io.flush)); print(io.output():flush() == io.output()); print(io.stdout:seek("cur") ~= false)
-- writing chains
f = io.open(name, "w"); print(f:write("a"):write("b", 1):write() == f); f:close(); print(io.open(name):read("a"))
-- reading after writing with a seek between, and writing after reading
f = io.open(name, "r+"); print(f:read(1)); f:seek("cur"); f:write("B"); f:seek("cur"); print(f:read(1)); f:seek("set"); print(f:read("a")); f:close()
-- big writes and many small ones
f = io.open(name, "w"); for i = 1, 10000 do f:write(i, "\n") end; f:write(("x"):rep(100000)); f:close()
local sum, count, last = 0, 0, nil
for line in io.lines(name) do count = count + 1; sum = sum + (tonumber(line) or 0); last = line end
print(sum, count, #last)
-- standard streams: closing standard error is allowed, its methods are those of files
print(io.type(io.stderr), io.stderr:write() == io.stderr, io.stderr:flush() == io.stderr)
-- popen
local p = io.popen("echo from a process; exit 3"); print(io.type(p), p:read("a")); print(p:close())
p = io.popen("cat > " .. name, "w"); p:write("to a process"); print(p:close()); print(io.open(name):read("a"))
p = io.popen("kill -9 $$"); print(p:read("a") == "", p:close()); print(pcall(io.popen, "true", "x")); print(pcall(io.popen)); print(pcall(io.popen, "true", "rw")); print(io.popen("true", "r"):close())
for line in io.popen("printf 'a\\nb\\n'"):lines() do io.write(line, ";") end; io.write("\n")
os.remove(name); os.remove(other)
