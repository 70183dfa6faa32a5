-- profile: full
-- Manual §6.8: io.open, modes, io.close, io.type, files as values.
local name, other = os.tmpname(), os.tmpname()
local function mask(...)
  local t = table.pack(...)
  for i = 1, t.n do
    if type(t[i]) == "string" then
      t[i] = t[i]:gsub(name:gsub("%p", "%%%0"), "FILE"):gsub(other:gsub("%p", "%%%0"), "OTHER"):gsub("0x%x+", "0x?")
    end
  end
  return table.unpack(t, 1, t.n)
end
local function content() local f = assert(io.open(name, "rb")); local s = f:read("a"); f:close(); return s end
-- modes
local f = assert(io.open(name, "w")); print(f:write("hello", " ", 42, " ", 1.5, " ", -0.0) == f); print(f:close()); print(content())
f = io.open(name, "a"); f:write(" appended"); f:close(); print(content())
f = io.open(name, "r+"); f:write("HELLO"); f:close(); print(content())
f = io.open(name, "r+"); print(f:read(5)); f:seek("cur", 0); f:write("+"); f:close(); print(content())
f = io.open(name, "w+"); f:write("abc"); f:seek("set"); print(f:read("a")); f:close()
f = io.open(name, "a+"); f:write("def"); f:seek("set"); print(f:read("a")); f:seek("set"); f:write("ghi"); f:close(); print(content())
for _, mode in ipairs { "r", "w", "a", "r+", "w+", "a+", "rb", "wb", "ab", "r+b", "w+b", "a+b" } do local g = io.open(name, mode); print(mode, io.type(g)); g:close() end
for _, mode in ipairs { "", "x", "rw", "r+w", "rb+", "+r", "rt", "R", "r ", "w++" } do print(mode, mask(pcall(io.open, name, mode))) end
print(pcall(io.open)); print(pcall(io.open, {})); print(pcall(io.open, name, {})); print(io.type(io.open(name, nil)))
-- what cannot be opened: nil, message, number
print(io.open("/nowhere/file")); print(io.open("/nowhere/file", "w")); print(io.open("")); print(io.open("modules", "w"))
-- reading from a file for writing, and the other way
f = io.open(name, "w"); print(f:read(1)); print(f:read("a")); print(f:close())
f = io.open(name, "r"); print(f:write("x")); f:close()
-- io.type, tostring, metatables
f = io.open(name); print(io.type(f), io.type(io.stdout), io.type(42), io.type("file"), io.type({})); print(mask(tostring(f)))
f:close(); print(io.type(f), tostring(f)); print(pcall(io.type)); print(tostring(io.stdout):match("^file %(0x%x+%)$") ~= nil)
print(getmetatable(f).__name, type(getmetatable(f).__index), getmetatable(f) == getmetatable(io.stdout), type(f))
local methods = {}
for k in pairs(getmetatable(f).__index) do methods[#methods + 1] = k end
table.sort(methods); print(table.concat(methods, " "))
local events = {}
for k in pairs(getmetatable(f)) do events[#events + 1] = k end
table.sort(events); print(table.concat(events, " "))
local functions = {}
for k, v in pairs(io) do functions[#functions + 1] = k .. ":" .. type(v) end
table.sort(functions); print(table.concat(functions, " "))
-- closed files
for _, method in ipairs { "read", "write", "lines", "seek", "setvbuf", "flush", "close" } do print(method, pcall(f[method], f)) end
print(pcall(io.close, f))
-- the wrong thing as a file
print(pcall(f.read, 5)); print(pcall(f.read)); print(pcall(f.close, {})); print(pcall(f.write, io)); print(pcall(io.close, "x")); print(pcall(f.seek, nil))
print(pcall(function() return f.nothing end)); print(pcall(function() f.x = 1 end)); print(pcall(function() return f + 1 end)); print(pcall(function() return #f end)); print(pcall(function() return f < f end))
-- names in the messages of methods
print(pcall(function() f:read() end)); print(pcall(function() local g = io.open(name); g:seek("nowhere") end)); print(pcall(function() local g = io.open(name); g:read("x") end)); print(pcall(function() local g = io.open(name); g.read() end))
-- to-be-closed files and collected ones
local kept
do local g <close> = assert(io.open(name)); kept = g; print(io.type(g)) end
print(io.type(kept))
print(pcall(function() local g <close> = assert(io.open(name)); kept = g; error("leaving", 0) end)); print(io.type(kept))
do local g <close> = assert(io.open(name)); g:close() end
print("closed twice without error"); do io.open(other, "w"):write("flushed by the collector") end
collectgarbage(); collectgarbage(); print(io.open(other):read("a"))
print(getmetatable(io.stdout).__gc ~= nil, getmetatable(io.stdout).__close ~= nil)
-- two handles of one file
local a, b = io.open(name, "w"), io.open(name, "r"); a:write("first\n"); a:flush(); print(b:read("l")); a:write("second\n"); a:flush(); print(b:read("l")); a:close(); b:close()
-- io.tmpfile
local t = io.tmpfile(); print(io.type(t), t:write("temporary") == t, t:seek("set"), t:read("a")); print(t:close())
-- names with odd characters
f = assert(io.open(name .. " \xE4\n'", "w")); f:write("odd"); f:close(); print(io.open(name .. " \xE4\n'"):read("a")); print(os.remove(name .. " \xE4\n'"))
os.remove(name); os.remove(other)
