-- Counts the files and lines of a project by extension, through jido.* alone.
-- Run: cargo run --release -- run --root . examples/project_report.lua [DIR]
-- With --json the same figures come as one object under "values".

local start = ... or "."
local ignored = { ".git", "target", "node_modules", "_build", "deps", "*.lock" }

-- Links to directories look like directories, so a link to a parent would go
-- round in circles: stop at this depth.
local deepest = 16

local report = { root = start, files = 0, directories = 0, lines = 0, skipped = 0 }
local kinds = {} -- extension -> { files, lines }

-- read_file numbers its lines and counts the empty one after a final newline.
local function count_lines(path)
  local text, err = jido.read_file(path, { limit = 1000000000 })
  if not text then return nil, err end
  local _, breaks = text:gsub("\n", "")
  -- The last line: to the end, and back to the last break. (Without what comes first the
  -- match would be tried at each letter of each line.)
  local last = text:match(".*\n(.*)") or text
  if last:match("^ *%d+→$") then return breaks end
  return breaks + 1
end

local function count_file(path, name)
  local lines, err = count_lines(path)
  if not lines then
    report.skipped = report.skipped + 1
    -- Binary files are no surprise; say what else could not be read.
    if not err:find("^Binary file") then print("skipped: " .. err) end
    return
  end
  local extension = name:match("^.+%.([^.]+)$") or "(none)"
  local kind = kinds[extension]
  if not kind then
    kind = { extension = extension, files = 0, lines = 0 }
    kinds[extension] = kind
  end
  kind.files, kind.lines = kind.files + 1, kind.lines + lines
  report.files, report.lines = report.files + 1, report.lines + lines
end

-- A list of directories still to visit instead of recursion.
local waiting = { { path = start, depth = 0 } }
while #waiting > 0 do
  local dir = table.remove(waiting)
  local entries, err = jido.list_dir(dir.path, { ignore_patterns = ignored })
  if not entries then
    if dir.depth == 0 then error(err, 0) end
    print("skipped: " .. err)
    entries = {}
  end
  for _, entry in ipairs(entries) do
    local path = dir.path == "." and entry.name or dir.path .. "/" .. entry.name
    if entry.type == "file" then
      count_file(path, entry.name)
    elseif dir.depth < deepest then
      report.directories = report.directories + 1
      waiting[#waiting + 1] = { path = path, depth = dir.depth + 1 }
    end
  end
end

local rows = {}
for _, kind in pairs(kinds) do rows[#rows + 1] = kind end
table.sort(rows, function(a, b)
  if a.lines ~= b.lines then return a.lines > b.lines end
  return a.extension < b.extension
end)

print(string.format("%-12s %8s %10s", "extension", "files", "lines"))
for _, row in ipairs(rows) do
  print(string.format("%-12s %8d %10d", row.extension, row.files, row.lines))
end
print(string.format("%-12s %8d %10d", "total", report.files, report.lines))
if report.skipped > 0 then
  print(string.format("(%d files are binary or could not be read)", report.skipped))
end

report.by_extension = rows
return report
