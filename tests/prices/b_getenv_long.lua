--
local s=("x"):rep(1000000) local g=os.getenv or os.clock local o=collectgarbage
for _ = 1, 1e9 do g(s) pcall(o,s) end
