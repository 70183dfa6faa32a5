-- Names in messages end at a zero byte.
print(pcall(function() return "1\0" | 0 end))
print(pcall(function() local t = {} return t["a\0b"].c end))
