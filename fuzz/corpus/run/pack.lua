local p = string.pack("<i4 z s2 d !8 j", 7, "zero", "two", 1.5, -1)
return #p, string.unpack("<i4 z s2 d !8 j", p)
