-- profile: full
-- `tostring` shows the `__name` of a type's metatable; messages about operands do not.
local function text(value) return (tostring(value):gsub(": .*", "")) end
local thread = coroutine.create(print)
debug.setmetatable(print, { __name = "A function" })
debug.setmetatable(thread, { __name = "A thread" })
print(text(print), text(type), text(thread), string.format("%.10s", print))
print(pcall(function() return print + 1 end))
print(pcall(string.rep, print))
debug.setmetatable(1, { __name = "A number" })
debug.setmetatable(nil, { __name = "Nothing" })
print(1, 2.5, nil, "text", true)
debug.setmetatable(print, nil)
debug.setmetatable(thread, nil)
print(text(print), text(thread))
