local function inner(t)
  return t.missing.field
end
local function middle(t)
  local r = inner(t)
  return r
end
function outer(t)
  local r = middle(t)
  return r
end
outer({})
