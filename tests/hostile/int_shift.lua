-- threat: INT-1
return 1 << 63, 1 << 64, 1 << -1, -1 >> 63, -1 >> 64, 1 << math.mininteger, 1 >> math.maxinteger
