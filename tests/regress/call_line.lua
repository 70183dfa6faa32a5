-- A call is reported on the line of its arguments, as Lua 5.4.8 does (5.4.4: where its expression begins).
print(pcall(function()
  local t = {}
  return 1, (
    t)
    .x
    (1), 2
end))
print(pcall(function()
  local s = "x"
  local a = s
    :upper()
    :nope(
      3)
end))
print(select(2, load("local a = b\n.c(1\n")))
