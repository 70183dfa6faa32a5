-- threat: ESC-6
return pcall(coroutine.close, (coroutine.running()))
