return pcall(coroutine.close, (coroutine.running()))
