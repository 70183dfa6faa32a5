local t = {} for i = 1, 40 do t[i] = i * 17 % 41 end table.sort(t) table.sort(t, function(a, b) return a > b end) return t[1], t[40]
