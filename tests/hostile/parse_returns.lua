-- threat: PARSE-4
return load("return 1 return 2"), load("return return"), load("do return end return 1")()
