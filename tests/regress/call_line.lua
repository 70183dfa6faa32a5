-- A call is reported on the line where its whole expression begins.
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
