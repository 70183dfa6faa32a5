-- threat: MEM-6
local t = {} for i = 1, 40 do t = { t, t } end return pcall(json.encode, t)
