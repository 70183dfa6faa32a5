local t = {} for i = 1, 50 do t[i] = i t["k" .. i] = i end for i = 1, 50 do t["k" .. i] = nil end return #t
