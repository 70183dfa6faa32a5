-- profile: full
-- Manual §6.9: the operating system, but for dates, which 6.9_os_date has.
local name = os.tmpname()
local function mask(...)
  local t = table.pack(...)
  for i = 1, t.n do if type(t[i]) == "string" then t[i] = t[i]:gsub(name:gsub("%p", "%%%0"), "FILE") end end
  return table.unpack(t, 1, t.n)
end
local functions = {}
for k, v in pairs(os) do functions[#functions + 1] = k .. ":" .. type(v) end
table.sort(functions); print(table.concat(functions, " "))
-- tmpname makes a new name each time, and a file
print(type(name), name ~= os.tmpname(), io.open(name) ~= nil)
-- remove and rename
print(os.remove(name)); print(mask(os.remove(name))); print(os.remove("/nowhere/at all")); print(pcall(os.remove)); print(pcall(os.remove, {}))
io.open(name, "w"):write("moved"):close()
print(os.rename(name, name .. "2")); print(io.open(name)  == nil, io.open(name .. "2"):read("a")); print(mask(os.rename(name, name .. "3"))); print(os.rename("/nowhere/a", "/nowhere/b")); print(pcall(os.rename, name)); print(pcall(os.rename))
io.open(name, "w"):write("new"):close(); print(os.rename(name, name .. "2"), io.open(name .. "2"):read("a")); print(os.remove(name .. "2"))
print(select("#", os.remove("modules")), (os.remove("modules")))
-- the environment
print(type(os.getenv("PATH")), os.getenv("NO_SUCH_VARIABLE_AT_ALL"), os.getenv("")); print(pcall(os.getenv)); print(pcall(os.getenv, {})); print(select("#", os.getenv("NO_SUCH_VARIABLE_AT_ALL")))
-- processes
print(os.execute()); print(os.execute("true")); print(os.execute("false")); print(os.execute("exit 7")); print(os.execute("kill -15 $$")); print(os.execute("no_such_command_here 2>/dev/null")); print(os.execute("")); print(pcall(os.execute, {}))
io.write("before, "); io.stdout:flush(); os.execute("printf 'by the process, '"); io.write("after\n")
print(os.execute("echo $0 | grep -q sh")); print(os.execute("test \"$IN_PROCESS\" = yes")); print(os.execute("exit 255"), os.execute("exit 256"))
-- the locale is "C"
print(os.setlocale(), os.setlocale(nil), os.setlocale("C"), os.setlocale("POSIX") ~= nil, os.setlocale("C")); print(os.setlocale("no_such_locale")); print(os.setlocale(nil, "all"), os.setlocale(nil, "collate"), os.setlocale(nil, "ctype"), os.setlocale(nil, "monetary"), os.setlocale(nil, "numeric"), os.setlocale(nil, "time"))
print(pcall(os.setlocale, "C", "other")); print(pcall(os.setlocale, {})); print(os.setlocale("C", "numeric"))
-- time and clock
local t = os.time(); print(math.type(t), t > 1600000000, os.time() - t <= 2, os.difftime(t, t)); local c = os.clock(); print(math.type(c), c >= 0, c < 1000)
for i = 1, 1e5 do end; print(os.clock() >= c)
print(os.time { year = 2001, month = 9, day = 9, hour = 12 } - os.time { year = 2001, month = 9, day = 8, hour = 12 }); print(os.date("!%c", 0), os.date("!%x %X %p", 3600 * 13))
local d = os.date("*t", t); print(os.time(d) == t, d.isdst ~= nil)
-- exit: closing the state runs what is left, and no more of the script
print(pcall(os.exit, "x")); print(pcall(os.exit, {})); print(pcall(os.exit, 1.5))
os.remove(name)
setmetatable({}, { __gc = function() print("never: the state is not closed") end })
local closing <close> = setmetatable({}, { __close = function() print("never: nothing is closed") end })
print("end"); os.exit(true); print("never")
