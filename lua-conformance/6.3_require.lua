-- profile: full
-- Manual §6.3: require, package.loaded, package.preload, package.searchers.
package.path = "./modules/?.lua;./modules/?/init.lua"
package.cpath = "./modules/?.none"
local m = require "counter"
print(m.name, m.path, m.count, m.loads); print(select(2, require "counter")); print(require "counter" == m, m.loads)
print(select("#", require "counter")); print(package.loaded.counter == m)
-- loaded again once it is forgotten
package.loaded.counter = nil
local m2 = require "counter"; print(m2 == m, m2.loads); package.loaded.counter = "anything"; print(require "counter")
package.loaded.counter = false; print(require("counter").loads); package.loaded.counter = nil
-- values of a module
print(require "pack"); print(inner_was_loaded, package.loaded["pack.inner"]); print(require "pack.inner")
print(require "falsehood"); print(package.loaded.falsehood); print(require "falsehood")
print(require "selfset"); print(require "selfset")
-- errors
print(pcall(require, "failing")); print(package.loaded.failing); print(pcall(require, "broken")); print(package.loaded.broken)
print(pcall(require, "no.such.module")); print(pcall(require, "")); print(pcall(require)); print(pcall(require, {})); print(pcall(require, 5))
-- modules that need each other: the inner sees nothing yet, and loops unless told not to
print(require "cycle")
-- preload
package.preload.made = function(...) print("preloading", ...); return "made here" end
print(require "made"); print(require "made"); package.preload.counter = function() return "preferred" end
print(require "counter"); package.preload.counter = nil; package.loaded.counter = nil
package.preload["not a function"] = 5; print(pcall(require, "not a function")); package.preload["not a function"] = nil
package.preload.nothing = function() end; print(require "nothing"); print(package.loaded.nothing)
-- searchers
print(#package.searchers, type(package.searchers[1]))
table.insert(package.searchers, 2, function(name)
  if name == "found" then return function(...) return table.concat({ "loader", ... }, " ") end, "extra" end
  if name == "text" then return "\n\ta message of a searcher" end
  if name == "number" then return 12 end
  if name == "fails" then error("a searcher fails", 0) end
end)
print(require "found"); print(require "found"); print(pcall(require, "text")); print((select(2, pcall(require, "number")):match("^[^\n]*\n[^\n]*\n[^\n]*"))); print(pcall(require, "fails"))
table.remove(package.searchers, 2)
print(package.searchers[1]("counter")); print(select(2, package.searchers[2]("pack.inner"))); print(package.searchers[2]("nowhere"))
print(pcall(package.searchers[1])); print(pcall(package.searchers[2], {}))
local searchers = package.searchers
package.searchers = nil; print(pcall(require, "nobody")); package.searchers = {}; print(pcall(require, "nobody"))
package.searchers = { function() return nil end, function() return false end }; print(pcall(require, "nobody"))
package.searchers = searchers
-- the path
package.path = nil; print(pcall(require, "nobody")); package.path = 5; print(pcall(require, "nobody") == false)
package.path = ""; print(pcall(require, "nobody")); package.path = "./?.x;;./?.y"; print(pcall(require, "nobody"))
package.path = "./modules/?.lua"; print(require("counter").path)
-- package.loaded is what require uses, whatever the global says
local real = package.loaded; package.loaded = {}; print(require "pack"); package.loaded = real
print(package.loaded._G == _G, package.loaded.string == string, package.loaded.package == package, require "math" == math)
print(require == package.loaded._G.require, type(package.loadlib), type(package.config))
