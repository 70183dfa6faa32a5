-- threat: ESC-3
return arg, ..., select("#", ...)
