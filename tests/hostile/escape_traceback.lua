-- threat: ESC-3
return (debug.traceback and debug.traceback("x", 1) or "none"):find("/", 1, true)
