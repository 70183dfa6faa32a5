-- profile: full
-- Manual §6.1: dofile and loadfile.
local name = os.tmpname()
local function mask(...)
  local t = table.pack(...)
  for i = 1, t.n do if type(t[i]) == "string" then t[i] = t[i]:gsub(name:gsub("%p", "%%%0"), "FILE") end end
  return table.unpack(t, 1, t.n)
end
local function write(text) local f = assert(io.open(name, "wb")); f:write(text); f:close() end
write("return 1, 'two', ...")
print(dofile(name)); print(loadfile(name)("a", "b")); print(select("#", dofile(name)))
-- globals and errors
write("global_of_file = (global_of_file or 0) + 1")
print(dofile(name)); dofile(name); print(global_of_file)
write("\n\nerror('raised')"); print(mask(pcall(dofile, name)))
write("error({code = 7})"); print(select(2, pcall(dofile, name)).code)
write("x = = 1"); print(mask(pcall(dofile, name))); print(mask(loadfile(name)))
write("local a <const> = 1\na = 2"); print(mask(loadfile(name)))
-- the first line may be a comment that begins with #
write("#!/usr/bin/lua\nreturn 'after the comment'"); print(dofile(name))
write("# only a comment"); print(dofile(name)); print(loadfile(name) ~= nil)
write("#comment\nerror('line two')"); print(mask(pcall(dofile, name)))
write("#"); print(select("#", dofile(name)))
write("\xEF\xBB\xBFreturn 'after the mark'"); print(dofile(name))
write("\xEF\xBB\xBF#!/usr/bin/lua\nreturn 'after both'"); print(dofile(name))
write("\xEF\xBB\xBF"); print(select("#", dofile(name)))
write("\n#not first"); print(mask(loadfile(name)))
write(""); print(select("#", dofile(name)), loadfile(name) ~= nil)
write("return [[\r\na\r\nb\n\rc]]"); print(("%q"):format(dofile(name)))
write("return 'no newline at the end' --"); print(dofile(name))
write("return '\0'"); print(#dofile(name))
-- the environment and the mode
write("return y, _ENV")
local env = { y = "of the environment" }
print((loadfile(name, "t", env)())); print(select(2, loadfile(name, "t", env)()) == env); y = "of the globals"
print((loadfile(name)())); print((loadfile(name, "bt")())); y = nil
print(select("#", loadfile(name, "t", nil))); print(mask(pcall(loadfile(name, "t", nil))))
write("y = 5"); loadfile(name, "t", env)(); print(env.y, y)
print(mask(loadfile(name, "b"))); print(loadfile(name, nil) ~= nil)
write(string.dump(load("return 'binary', ...")))
print(loadfile(name)(1)); print(loadfile(name, "b")(2)); print(mask(loadfile(name, "t")))
write("# comment\n" .. string.dump(load("return 'binary after a comment'"))); print(dofile(name))
-- what is not there
os.remove(name)
print(mask(loadfile(name))); print(mask(pcall(dofile, name)))
print(pcall(loadfile, {})); print(pcall(dofile, {})); print(pcall(loadfile, name, {})); print(loadfile("") == nil)
-- dofile is not protected, and yields across it do not work from C; from coroutines errors arrive
write("return coroutine.isyieldable()"); print(dofile(name)); print(coroutine.wrap(dofile)(name))
write("error('in a coroutine', 0)"); local co = coroutine.create(dofile); print(coroutine.resume(co, name)); print(coroutine.status(co))
-- the chunk's name
write("return debug.getinfo(1, 'S').source, debug.getinfo(1, 'S').short_src"); print(mask(dofile(name)))
os.remove(name)
