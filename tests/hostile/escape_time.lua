-- threat: ESC-3
return os.time() == os.time(), os.getenv and os.getenv("HOME"), os.clock() < 1, os.tmpname, os.remove, os.rename, os.setlocale and os.setlocale(nil)
