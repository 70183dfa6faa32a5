-- Commands, their output, their input and their ends.
print(io.popen("echo out; echo more"):read("a"))
for line in io.popen("printf 'a\\nb\\nc'"):lines() do io.write(line, ";") end
print()
for _, command in ipairs { "true", "exit 3", "exit 129", "kill -s TERM $$", "kill -s KILL $$" } do
  print(command, io.popen(command):close())
  print(command, os.execute(command))
end
local p = io.popen("cat > got", "w")
print(p:write("to the command\n", 12, "\n") == p, io.type(p))
print(p:close())
print(io.open("got"):read("a"))
print(io.type(p), pcall(p.write, p, "x"))
print(io.popen("echo a"):write("x"))
print(io.popen("echo a"):seek())
print(io.popen("cat >/dev/null", "w"):read())
local p = io.popen("cat", "r")
print(p:read(), p:close())
print(os.execute("exit 0"), os.execute() == true)
print((os.execute("test -d /")))
-- What is buffered comes before what a command says.
io.write("before ")
io.popen("echo inside", "w"):close()
io.write("after\n")
print(io.popen("read x; echo got $x", "r"):read("a"))
