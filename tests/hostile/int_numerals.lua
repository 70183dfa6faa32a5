-- threat: INT-1
return tostring(1e999), 0xffffffffffffffffff, 9223372036854775808, -9223372036854775808, 0x1p-2000, tonumber("0x"), tonumber("1e"), tonumber("zz", 36), pcall(tonumber, "1", 37)
