return io, require, package, dofile, loadfile, os.execute, os.exit, string.dump
