-- threat: ESC-5
return pcall(error), pcall(error, nil), pcall(error, 5, 2), select("#", pcall(error, {}))
