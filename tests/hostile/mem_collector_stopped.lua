-- threat: MEM-5
collectgarbage("stop") for i = 1, 300000 do local t = { i, i, i, i } end return true
