-- threat: BIN-1
return load("\27LuaT\0"), pcall(load, "\27Lua", "x", "b")
