local f = load("local a, b = ... return a + b, a .. b", "=sum") print(f(1, 2)) print(load("x =", "=bad"))
