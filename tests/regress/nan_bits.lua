-- profile: strict compat full
-- A NaN that comes in through unpack keeps its bits; one that is calculated is Lua's own.
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
print(hex(string.pack(">d", (string.unpack(">d", "\x7f\xf8\0\0\0\0\0\1")))))
print(hex(string.pack(">f", -(0/0))), hex(string.pack(">d", -(0/0))))
for _, text in ipairs({ "\x7f\xc0\0\1", "\x7f\x80\0\1", "\xff\xc1\x23\x45", "\xff\x81\x23\x45" }) do
  local n = string.unpack(">f", text)
  print(hex(string.pack(">f", n)), hex(string.pack(">d", n)), n ~= n)
end
local n = string.unpack(">d", "\x7f\xf8\0\0\0\0\0\1")
print(hex(string.pack(">d", -n)), hex(string.pack(">d", n + 1)) == hex(string.pack(">d", "1" + n)))
