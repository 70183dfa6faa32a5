-- Stand-in for LuaFileSystem over io.popen; enough for tests.
local lfs = { _VERSION = "LuaFileSystem 1.8.0 (stand-in)" }
local cwd
local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
local function sh(command)
  local pipe = assert(io.popen((cwd and "cd " .. quote(cwd) .. " && " or "") .. command .. " 2>&1"))
  local text = pipe:read("a")
  local ok, _, code = pipe:close()
  return ok, text, code
end
local kinds = { ["regular file"] = "file", ["regular empty file"] = "file", ["symbolic link"] = "link",
  ["character special file"] = "char device", ["block special file"] = "block device", ["fifo"] = "named pipe" }
local function attributes(flag)
  return function(path, request)
    local ok, text = sh("LC_ALL=C stat " .. flag .. " -c '%F|%s|%Y|%X|%Z|%a|%i|%d|%h|%u|%g' -- " .. quote(path))
    if not ok then return nil, "cannot obtain information from file '" .. path .. "': No such file or directory", 2 end
    local kind, rest = text:match("^(.-)|(.*)\n$")
    local n = {}
    for word in rest:gmatch("[^|]+") do n[#n + 1] = word end
    local result = { mode = kinds[kind] or kind, size = tonumber(n[1]), modification = tonumber(n[2]),
      access = tonumber(n[3]), change = tonumber(n[4]), permissions = n[5], ino = tonumber(n[6]),
      dev = tonumber(n[7]), nlink = tonumber(n[8]), uid = tonumber(n[9]), gid = tonumber(n[10]) }
    if type(request) == "string" then return result[request] end
    return result
  end
end
lfs.attributes = attributes("-L")
lfs.symlinkattributes = attributes("")
function lfs.currentdir() local ok, text = sh("pwd") return (text:gsub("\n$", "")) end
function lfs.chdir(dir)
  local ok, text = sh("cd " .. quote(dir) .. " && pwd")
  if not ok then return nil, "Unable to change working directory to '" .. dir .. "'\nNo such file or directory\n" end
  cwd = text:gsub("\n$", "")
  return true
end
function lfs.dir(path)
  local ok, text = sh("LC_ALL=C ls -a -- " .. quote(path))
  if not ok then error("cannot open " .. path .. ": No such file or directory", 2) end
  return text:gmatch("[^\n]+")
end
local function command(name)
  return function(path)
    local ok, text, code = sh(name .. " " .. quote(path))
    if ok then return true end
    return nil, (text:match(": ([^:]*)\n$") or text), code
  end
end
lfs.mkdir, lfs.rmdir = command("mkdir"), command("rmdir")
function lfs.touch(path) return (sh("touch -- " .. quote(path))) end
function lfs.setmode() return true, "binary" end
return lfs
