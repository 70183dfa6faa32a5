math.randomseed(42) local r = math.random(10)
print(r, math.floor(-2.5), math.ceil(2.1), math.fmod(-7, 3), math.ult(1, -1), math.type(1), math.type(1.0), math.type("1"), math.abs(math.mininteger), math.max(1, 2.5), pcall(math.random, 2, 1), math.pi, 1/0, -(0/0) ~= 0/0)
