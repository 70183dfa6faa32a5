-- # of a table whose end goes away again and again.
local t = {}
for i = 1, 1000 do t[i] = i end
print('ready')
while true do t[#t] = nil t[#t] = nil local n = #t t[n + 1] = 1 t[n + 2] = 1 end
