-- threat: ESC-8
return pcall(function() local t = {} t[0 / 0] = 1 end), pcall(rawset, {}, nil, 1), ({})[0 / 0]
