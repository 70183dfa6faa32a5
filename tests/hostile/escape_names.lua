return io, package, dofile, loadfile, os.execute, os.exit, string.dump
