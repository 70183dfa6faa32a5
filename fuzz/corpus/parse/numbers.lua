return 0x.8p1, 1e10, 0xA.Fp-3, 3., .5, 0xffffffffffffffffff, 9223372036854775808
