for i = 1, 10000 do print(i, "some text to fill the output") end
