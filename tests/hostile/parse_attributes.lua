-- threat: PARSE-4
return load("local x <foo> = 1"), load("local x <const> = 1 x = 2"), load("local a <close>, b <close> = 1, 2")
