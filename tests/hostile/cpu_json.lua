-- threat: CPU-6
local s = ("["):rep(100) .. ("]"):rep(100) while true do json.encode(json.decode(s)) end
