-- profile: full
-- The first piece of a chunk tells of which kind it is: of one that the mode does not allow
-- the reader is not asked for more.
local function try(mode, ...)
  local pieces, calls = {...}, 0
  local function reader()
    calls = calls + 1
    local piece = pieces[calls]
    if piece == false then error("asked for too much", 0) end
    return piece
  end
  local f, message = load(reader, "=c", mode)
  print(type(f), message, calls)
end
try("b", "return", false)
try("x", "return", false)
try("", "r", false)
try("t", "\27", false)
try("bt", "return ", "1")
try("t", "return ", "1")
try("b")
try("b", "", false)
try("t", "", false)
