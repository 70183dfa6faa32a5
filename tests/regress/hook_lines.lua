-- profile: full
-- The lines that hooks are told: of what is emitted behind `...`, of the first call of an
-- iterator, of what follows a native function called at the end, and of variables closed at
-- the end of a loop's body.
local function lines(name, text)
  local out = {}
  local f = assert(load("return function(...)" .. text .. "\nend", "=x"))()
  debug.sethook(function(_, line)
    if debug.getinfo(2, "f").func == f then out[#out + 1] = line end
  end, "l")
  pcall(f, 1, 2)
  debug.sethook()
  print(name, table.concat(out, " "))
end
lines("not", "\nlocal b = not\n...")
lines("not not", "\nlocal b = not\nnot\n...")
lines("minus", "\nlocal b = -\n...")
lines("power", "\nx = 2 ^\n...")
lines("list", "\nlocal a, b = 1,\n...")
lines("numeric for", "\nfor i =\n...,\n...\ndo end")
lines("generic for", "\nfor k, v in ipairs({1,\n2}) do end")
lines("generic for with a body", "\nfor k, v in ipairs({1,\n2}) do\nlocal x\nend")
lines("do below", "\nfor k in next, {1}\ndo\nend")
lines("an iterator in Lua", "\nlocal n = 0\nfor i in function() n = n + 1 return n < 3 and n or nil end\ndo\nend")
lines("an end that is native", "\nreturn type(\n...)")
lines("an end that is native, below", "\nreturn type\n(\n...)")
lines("an end in Lua", "\nlocal function f() return 1 end\nreturn f(\n...)")
lines("closed behind if", "\nfor i = 1, 2 do\nlocal b local function h() return b end\nif b then\nelse\nend\nend")
lines("closed behind do", "\nfor k in next, {1} do\nlocal b local function h() return b end\ndo\nend\nend")
lines("closed behind a call", "\nfor i = 1, 2 do\nlocal b local function h() return b end\nh(\n)\nend")
lines("closed in while", "\nlocal n = 0\nwhile n < 2 do\nn = n + 1 local b local function h() return b end\nif b then\nend\nend")
lines("closed in repeat", "\nlocal n = 0\nrepeat\nn = n + 1 local b local function h() return b end\nif b then\nend\nuntil\nn > 1")
lines("closed at the end", "\nfor i = 1, 2 do\nlocal c <close> = nil\nif i then\nend\nend")
-- A generic loop counts as many instructions as in PUC's Lua.
local function counted(name, f)
  local n = 0
  debug.sethook(function() n = n + 1 end, "", 1)
  f()
  debug.sethook()
  print(name, n)
end
counted("next", function() for k in next, {1, 2, 3} do end end)
counted("nothing", function() for k in next, {} do end end)
counted("ipairs", function() for i, v in ipairs({1, 2, 3}) do local x = v end end)
counted("in Lua", function()
  local function iterator(_, n)
    for k in next, {1} do n = (n or 0) + k end
    return n < 4 and n or nil
  end
  for n in iterator do for k in next, {1, 2} do local x = n end end
end)
counted("in a coroutine", function()
  for n in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do end
end)
