-- Two modules that need each other.
local other = package.loaded["cycle"]
print("cycle", other)
if not seen_cycle then seen_cycle = true; print(pcall(require, "cycle")) end
return "cycle"
