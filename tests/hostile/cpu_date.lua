-- threat: CPU-6
while true do os.date(("%c"):rep(1000)) end
