local s = "" for i = 1, 30 do s = s .. i .. "," end return #s, s:upper():sub(1, 9), (s:gsub("%d+", "n")):sub(1, 8), s:rep(2):len()
