local s = "the quick brown fox"
return s:gsub("(%w+)", "<%1>"), s:gsub("%w+", {the = "a"}), s:gsub("o", function(c) return c:upper() end), s:find("(q)(%w*)()")
