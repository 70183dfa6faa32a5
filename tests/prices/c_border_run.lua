-- Items wait in the hash part until the one before them comes.
print('ready')
while true do local t = {} for i = 1000, 2, -1 do t[i] = i end t[1] = 1 end
