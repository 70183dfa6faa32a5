-- gotos and labels that do not fit
local src = ("goto x "):rep(1000000) .. "::x::"
print(pcall(load, src))
