-- profile: full compat
-- Library functions without a continuation cannot be left by a yield.
local function inside(f, ...)
  local args = table.pack(...)
  return coroutine.resume(coroutine.create(function()
    return f(table.unpack(args, 1, args.n))
  end))
end
local yield = coroutine.yield
print(inside(table.sort, {3, 2, 1}, yield))
print(inside(string.gsub, "a", ".", yield))
print(inside(load, yield))
print(inside(tostring, setmetatable({}, {__tostring = yield})))
print(inside(require, "no_such", yield) == false)
package.preload.yields = yield
print(inside(require, "yields"))
print(inside(table.concat, setmetatable({}, {__index = yield, __len = function() return 1 end})))
print(inside(xpcall, error, yield))
-- With one it can, and so can metamethods of operators and loops.
print(inside(pcall, yield, 1))
print(inside(xpcall, yield, print, 2))
print(inside(pairs, setmetatable({}, {__pairs = yield})) == true)
local arithmetic = setmetatable({}, {__add = yield, __index = yield, __close = yield})
print(inside(function() return arithmetic + 1 end) == true)
print(inside(function() return arithmetic.x end) == true)
print(inside(function() local x <close> = arithmetic end) == true)
print(inside(function() for x in yield, 5 do end end))
-- isyieldable tells beforehand.
print(coroutine.isyieldable(), inside(coroutine.isyieldable))
print(inside(string.gsub, "a", ".", function() return tostring(coroutine.isyieldable()) end))
print(inside(pcall, coroutine.isyieldable))
print(coroutine.isyieldable(coroutine.create(print)))
