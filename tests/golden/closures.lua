local fs = {} for i = 1, 5 do fs[i] = function() i = i + 1 return i end end return fs[1](), fs[1](), fs[5]()
