return 1 + 2 * 3 ^ -4 .. "x" == not #t ~ 5 | 6 & 7 << 8 >> 9 // 10 % 11 and 1 or 2
