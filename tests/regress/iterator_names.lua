-- profile: strict compat full
-- Functions that no script finds by a name have none in messages.
print(pcall(function() ipairs({})() end))
print(pcall(function() (ipairs({}))({}, {}) end))
print(pcall(function() (utf8.codes("abc"))({}, 0) end))
print(pcall(function() local step = utf8.codes("abc") step({}) end))
print(pcall(function() for _ in ipairs({}), nil do end end))
print(pcall(function() (string.rep)({}) end))
