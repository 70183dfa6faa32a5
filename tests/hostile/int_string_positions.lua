-- threat: INT-2
return ("abc"):sub(math.mininteger, math.maxinteger), ("abc"):byte(math.mininteger), ("abc"):find("c", math.mininteger), ("abc"):rep(-1), utf8.offset("abc", math.mininteger), (pcall(utf8.codepoint, "abc", math.mininteger))
