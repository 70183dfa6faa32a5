-- gsub within gsub within gsub: each holds a buffer.
local s = ("x"):rep(300000)
local function down(n)
  return (s:gsub("^x", function() return n > 0 and down(n - 1) or "y" end))
end
print(pcall(down, 150))
