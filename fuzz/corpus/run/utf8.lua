for p, c in utf8.codes("hé€") do print(p, c) end
print(utf8.len("\xff"), utf8.char(72, 8364), utf8.codepoint("€", 1), utf8.offset("a€b", 3))
