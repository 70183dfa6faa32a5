return a < b, a <= b, a ~= b, 1 < a, a >= 2.0, "x" == a
