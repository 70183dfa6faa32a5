-- threat: MEM-3
return pcall(function() local t = {} for i = 1, 200000 do t[i] = 0x7FFFFFFF end while true do t[#t + 1] = utf8.char(table.unpack(t, 1, 200000)) end end)
