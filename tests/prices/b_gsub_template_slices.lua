-- slice=1000 A replacement string that costs much for each match and writes nothing.
local s, t = ('a'):rep(65536), ('%0'):rep(1000)
print('ready')
while true do string.gsub(s, '', t) end
