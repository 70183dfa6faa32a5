local s = 0 for i = 1, 100 do s = s + i * i % 7 end print(s) return s
