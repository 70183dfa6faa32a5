local x =
for
