-- An array part dissolves into the hash part.
print('ready')
while true do local t = {} for j = 1, 2000 do t[j] = j end for j = 2, 1999 do t[j] = nil end t[2001] = 1 end
