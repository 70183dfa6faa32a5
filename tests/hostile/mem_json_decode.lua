-- threat: MEM-6
return pcall(json.decode, ("["):rep(1000000))
