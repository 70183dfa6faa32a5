--
local p=table.pack
for _ = 1, 1e9 do p() p(1) p(nil,2,3) end
