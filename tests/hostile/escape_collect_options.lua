-- threat: ESC-7
return collectgarbage("stop"), type(collectgarbage("count")), collectgarbage("setpause", 1), collectgarbage("isrunning"), pcall(collectgarbage, "all")
