-- Local time where there is summer time: TZ is EST5EDT,M3.2.0,M11.1.0.
local all = "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %m %M %p %r %R %S %T %u %U %V %w %W %x %X %y %Y %z %Z %%"
for _, t in ipairs { 0, 951782400, 1710053999, 1710054000, 1710054001, 1730613599, 1730613600, 1730617199, 1730617200,
  1751371200, 4102444800, 32503680000, 253402300800, -1, -86400 * 365 * 70, 2^33 | 0 } do
  print(t, os.date(all, t))
  print(t, os.date("!" .. all, t))
  local d = os.date("*t", t)
  print(d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst)
  if t ~= -1 then print(os.time(d) == t, os.date("*t", t).isdst) end
end
print(os.date("%Ex|%EX|%Ey|%EY|%Ec|%EC|%Od|%Oe|%OH|%OI|%Om|%OM|%OS|%Ou|%OU|%OV|%Ow|%OW|%Oy", 1e9 | 0))
print(os.date("%n%t|%%", 0) == "\n\t|%")
local function show(t)
  local s = os.time(t)
  print(s, t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst)
end
show { year = 2024, month = 7, day = 1 }
show { year = 2024, month = 1, day = 1, hour = 0 }
show { year = 2024, month = 7, day = 1, isdst = false }
show { year = 2024, month = 7, day = 1, isdst = true }
show { year = 2024, month = 1, day = 1, isdst = true }
show { year = 2024, month = 11, day = 3, hour = 1, min = 30, isdst = true }
show { year = 2024, month = 11, day = 3, hour = 1, min = 30, isdst = false }
show { year = 2024, month = 14, day = -3, hour = 25, min = 61, sec = -1 }
show { year = "2024", month = "3", day = 1.0, hour = "0x10" }
show { year = 1900, month = 1, day = 1 }
show { year = 3000, month = 8, day = 1 }
print(os.time { year = 2000, month = 10, day = 1, hour = 23, min = 12 }
  - os.time { year = 2000, month = 10, day = 1, hour = 23, min = 10, sec = 19 })
print(os.difftime(10, 3), os.difftime(3, 10))
print(math.type(os.time()), math.type(os.clock()), os.time() > 1700000000, os.clock() < 60)
print(pcall(os.date, "*t", 2^60), pcall(os.date, "%Y", math.mininteger))
print(pcall(os.time, { year = 2^31 + 1899, month = 12, day = 31, hour = 23, min = 59, sec = 60 }))
print(os.date("!%Y-%m-%dT%H:%M:%SZ", 0), os.date("!*t", 0).isdst, os.date("", 0), os.date("!", 0))
