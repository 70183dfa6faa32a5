local function check(v)
  if not v then error("value expected", 2) end
end
local function user()
  check(nil)
end
user()
