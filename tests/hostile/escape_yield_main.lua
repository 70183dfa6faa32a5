-- threat: ESC-6
return coroutine.isyieldable(), pcall(coroutine.close, coroutine.running())
