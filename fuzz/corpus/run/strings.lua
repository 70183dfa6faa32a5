local s = ("abc"):rep(40, "-")
return s:upper(), #s, s:sub(-5), s:byte(1, 3), s:reverse():len()
