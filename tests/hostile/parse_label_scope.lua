-- threat: PARSE-4
return load("goto done local x ::done:: print(x)"), load("::a:: ::a::"), load("break"), load("function f() return ... end"), load("goto a do ::a:: end")
