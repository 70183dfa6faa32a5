--
local n=("x"):rep(1000000) local o=setmetatable({},{__name=n})
for _ = 1, 1e9 do pcall(io and io.write or error,o) pcall(warn,o) pcall(load,o) end
