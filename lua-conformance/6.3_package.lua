-- profile: full
-- Manual §6.3: package.config, searchpath, the default paths, loadlib.
print((package.config:gsub("\n", "|"))); print(type(package.path), type(package.cpath), #package.searchers)
local names = {}
for k, v in pairs(package) do names[#names + 1] = k .. ":" .. type(v) end
table.sort(names); print(table.concat(names, " "))
-- searchpath
print(package.searchpath("counter", "./modules/?.lua")); print(package.searchpath("pack.inner", "./modules/?.lua"))
print(package.searchpath("pack", "./modules/?.lua;./modules/?/init.lua")); print(package.searchpath("none", "./a/?.lua;./b/?/?.lua;./c"))
print(package.searchpath("pack.inner", "./modules/?.lua", "x")); print(package.searchpath("pack.inner", "./modules/?.lua", "."))
print(package.searchpath("pack-inner", "./modules/?.lua", "-")); print(package.searchpath("pack-inner", "./modules/?.lua", "-", "/"))
print(package.searchpath("a.b.c", "?", ".", "::")); print(package.searchpath("a.b.c", "?;?", "", "/")); print(package.searchpath("a%b", "%?%", "%", "*"))
print(package.searchpath("x", "")); print(package.searchpath("", "./modules/?.lua")); print(package.searchpath("./modules/counter.lua", "?", ""))
print(package.searchpath("counter", "./modules/counter.lua")); print(package.searchpath("x", ";;")); print(package.searchpath("x", "a;"))
print(package.searchpath("no\0zero", "./?.lua") == nil)
print(pcall(package.searchpath, "a")); print(pcall(package.searchpath, {}, "a")); print(pcall(package.searchpath, "a", {})); print(pcall(package.searchpath, "a", "b", {}))
-- no C modules: the third answer says where it failed
print(select("#", package.loadlib("./none.so", "luaopen_none")), (package.loadlib("./none.so", "*"))); print(pcall(package.loadlib)); print(pcall(package.loadlib, "x"))
-- a module that is a table of functions, as most are
package.preload.geometry = function(name)
  local M = { _NAME = name }
  function M.area(w, h) return w * h end
  return M
end
local geometry = require "geometry"; print(geometry.area(3, 4), geometry._NAME)
-- names with dots and hyphens
package.path, package.cpath = "./modules/?.lua", "./?.none"; print(pcall(require, "pack.none")); print((select(2, pcall(require, "v1-counter"))))
