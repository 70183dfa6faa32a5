local t = {}
return t * 2
