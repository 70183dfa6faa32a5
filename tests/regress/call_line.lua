-- A call is reported on the line where its arguments begin (as PUC does since 5.4.6).
print(select(2, pcall(load("local a\na\n(\n23)\n", "=c"))))
print(select(2, pcall(load("local a = {}\na\n.\nx\n(\n23)\n", "=c"))))
print(select(2, pcall(load("local s = 'x'\nlocal a = s\n:upper()\n:nope(\n3)\n", "=c"))))
