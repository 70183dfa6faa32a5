-- long names, each in a table of its own
local t = {}
for i = 1, 100 do t[i] = "{\"" .. ("k"):rep(50000) .. i .. "\":null}" end
local s = "[" .. table.concat(t, ",") .. "]" t = nil
local r = {}
for i = 1, 20 do local ok, v = pcall(json.decode, s) r[i] = ok and v end
