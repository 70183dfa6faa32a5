-- threat: ESC-1
return io, package, dofile, loadfile, os.execute, os.exit, string.dump
