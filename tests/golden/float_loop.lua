local s = 0.0 for x = 0.5, 20, 0.25 do s = s + x / 2 end return s
