-- A writer and a reader of JSON in Lua.
-- small: 2
local size = tonumber((...)) or 350

local function encode(v)
  local t = type(v)
  if t == "table" then
    local out = {}
    if #v > 0 then
      for i = 1, #v do out[i] = encode(v[i]) end
      return "[" .. table.concat(out, ",") .. "]"
    end
    local keys = {}
    for k in pairs(v) do keys[#keys + 1] = k end
    table.sort(keys)
    for _, k in ipairs(keys) do out[#out + 1] = ("%q:%s"):format(k, encode(v[k])) end
    return "{" .. table.concat(out, ",") .. "}"
  elseif t == "string" then
    return '"' .. v:gsub('[\\"]', "\\%0") .. '"'
  end
  return tostring(v)
end
local function decode(s)
  local at = 1
  local value
  local function skip() at = s:find("%S", at) end
  function value()
    skip()
    local c = s:sub(at, at)
    if c == "{" then
      local out = {}
      at = at + 1 skip()
      if s:sub(at, at) == "}" then at = at + 1 return out end
      repeat
        skip()
        local key = value()
        skip() at = at + 1
        out[key] = value()
        skip()
        local more = s:sub(at, at) == ","
        at = at + 1
      until not more
      return out
    elseif c == "[" then
      local out = {}
      at = at + 1 skip()
      if s:sub(at, at) == "]" then at = at + 1 return out end
      repeat
        out[#out + 1] = value()
        skip()
        local more = s:sub(at, at) == ","
        at = at + 1
      until not more
      return out
    elseif c == '"' then
      local stop = at + 1
      while s:byte(stop) ~= 34 do stop = stop + (s:byte(stop) == 92 and 2 or 1) end
      local text = s:sub(at + 1, stop - 1):gsub("\\(.)", "%1")
      at = stop + 1
      return text
    end
    local from, to = s:find("^[%w.+-]+", at)
    at = to + 1
    local text = s:sub(from, to)
    if text == "true" then return true elseif text == "false" then return false end
    return math.tointeger(text) or tonumber(text)
  end
  return value()
end
local list = {}
for i = 1, 60 do list[i] = { id = i, name = "item " .. i, on = i % 2 == 0, tags = { "a", "b" } } end
local text
for _ = 1, size do
  text = encode(list)
  list = decode(text)
end
print(#text)
