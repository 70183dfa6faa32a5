-- profile: full
-- Functions are named as fields of the loaded modules, wherever they come from.
package.loaded.mymod = { run = function() error("in mymod", 0) end }
local function show(f)
  local _, text = xpcall(f, debug.traceback)
  print((text:gsub("\n\t%[C%]: in function 'xpcall'.*", "")))
end
show(package.loaded.mymod.run)
show(function() io.stdout:seek("bad") end)
show(function() io.stdout.read() end)
for _, file in ipairs { io.tmpfile() } do
  show(function() for _ in file:lines("x") do end end)
end
local rep, next_ = string.rep, next
string.rep = nil
show(function() rep() end)
print(pcall(rep))
string.again = rep
show(function() rep() end)
print(pcall(rep))
string.rep, string.again = rep, nil
function string.of_mine() error("mine", 0) end
show(function() string.of_mine() end)
next = nil
show(function() next_({}, 1) end)
print(pcall(next_, {}, 1))
print(pcall(next_))
next = next_
function a_global() error("global", 0) end
local same = a_global
show(function() same() end)
-- Settings of the collector come back.
collectgarbage("incremental", 100, 400, 10)
print(collectgarbage("setpause", 200), collectgarbage("setstepmul", 100))
collectgarbage("incremental", 0, 0)
print(collectgarbage("setpause", 200), collectgarbage("setstepmul", 100))
print(math.atan2(1, 2) == math.atan(1, 2))
