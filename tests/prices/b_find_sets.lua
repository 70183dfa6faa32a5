--
local f,k=string.find,("[abcdefghijklmnopqrstuvwxyz]"):rep(12) local s=("q"):rep(200)
for _ = 1, 1e9 do f(s,k) f(s,k.."!") end
