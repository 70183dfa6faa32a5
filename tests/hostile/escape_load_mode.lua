-- threat: BIN-1
return load("return 1", "=x", "b"), load("\27Lua", "=x", "bt"), pcall(load, "return 1", "=x", "q")
