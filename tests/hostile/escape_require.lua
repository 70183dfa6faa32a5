-- threat: ESC-10
return pcall(require, "../x"), pcall(require, "a/b"), pcall(require, ("x"):rep(1000)), pcall(require, "io"), pcall(require, "string\0")
