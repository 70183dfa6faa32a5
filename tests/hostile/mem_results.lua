-- threat: MEM-4
return table.unpack({}, 1, 900000)
