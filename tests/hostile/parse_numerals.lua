-- threat: PARSE-4
return load("return 3x"), load("return 0x"), load("return 1e"), load("return 1..2"), load("return 08")()
