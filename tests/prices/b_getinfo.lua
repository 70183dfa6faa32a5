--
local g=debug.getinfo or debug.traceback
for _ = 1, 1e9 do g(1) g(1) end
