-- A whole program: a JSON printer and reader over strings and patterns.
local function enc(v) local t = type(v)
  if t == "table" then if #v > 0 then local r = {}; for i, x in ipairs(v) do r[i] = enc(x) end; return "[" .. table.concat(r, ",") .. "]" end
    local ks, r = {}, {}; for k in pairs(v) do ks[#ks + 1] = k end; table.sort(ks); for _, k in ipairs(ks) do r[#r + 1] = ("%q:%s"):format(k, enc(v[k])) end; return "{" .. table.concat(r, ",") .. "}"
  elseif t == "string" then return '"' .. v:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"' else return tostring(v) end end
local function dec(s) local pos = 1
  local function ws() pos = s:find("%S", pos) or #s + 1 end
  local value
  local function fail(m) error(("%s at %d"):format(m, pos), 0) end
  function value() ws(); local c = s:sub(pos, pos)
    if c == "{" then local r = {}; pos = pos + 1; ws(); if s:sub(pos, pos) == "}" then pos = pos + 1; return r end
      repeat ws(); local k = value(); ws(); if s:sub(pos, pos) ~= ":" then fail "colon expected" end; pos = pos + 1; r[k] = value(); ws(); local d = s:sub(pos, pos); pos = pos + 1; if d ~= "," and d ~= "}" then fail "comma expected" end until d == "}"; return r
    elseif c == "[" then local r = {}; pos = pos + 1; ws(); if s:sub(pos, pos) == "]" then pos = pos + 1; return r end
      repeat r[#r + 1] = value(); ws(); local d = s:sub(pos, pos); pos = pos + 1; if d ~= "," and d ~= "]" then fail "comma expected" end until d == "]"; return r
    elseif c == '"' then local a, b, str = s:find('^"([^"]*)"', pos); if not a then fail "string" end; pos = b + 1; return (str:gsub("\\u(%x%x%x%x)", function(h) return utf8.char(tonumber(h, 16)) end))
    else local a, b, w = s:find("^([%w%.%-+]+)", pos); if not a then fail "value expected" end; pos = b + 1; if w == "true" then return true elseif w == "false" then return false end; return tonumber(w) or fail "number" end end
  return value() end
local doc = { name = 'q"\n', list = { 1, 2.5, true, { x = { 1, { 2 } } } }, empty = {}, neg = -3 }
print(enc(doc)); print(enc(dec(enc(doc))) == enc(doc)); for _, bad in ipairs { "[1", "{1:2", "?", '{"a" 1}', "[1 2]" } do print(pcall(dec, bad)) end
