-- threat: CPU-5
return pcall(table.unpack, {}, 1, 1e8)
