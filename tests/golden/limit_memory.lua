-- opts: --memory 256K
local s = ("x"):rep(1000)
while true do s = s .. s end
