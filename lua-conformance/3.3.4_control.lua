-- Manual §3.3.4: if, while, repeat, break, goto.
local function classify(n)
  if n < 0 then return "neg" elseif n == 0 then return "zero" elseif n < 10 then return "small" else return "big" end
end
print(classify(-1), classify(0), classify(5), classify(50))
if nil then print("no") elseif false then print("no") else print("else") end
if 0 then print("0 is true") end
if "" then print("'' is true") end
local n = 5
while n > 0 do n = n - 1; if n == 2 then break end end
print(n)
repeat n = n + 1 until n >= 10
print(n)
repeat local v = true until v
-- goto continue
local out = {}
for i = 1, 10 do
  if i % 2 == 0 then goto continue end
  out[#out + 1] = i
  ::continue::
end
print(table.concat(out, ","))
-- goto out of nested loops
for i = 1, 3 do
  for j = 1, 3 do
    if i * j == 4 then print("found", i, j); goto done end
  end
end
::done::
-- backward goto
do
  local i = 1
  ::top::
  if i <= 3 then i = i + 1; goto top end
  print(i)
end
-- goto makes fresh locals: closures differ
do
  local fns = {}
  local i = 1
  ::again::
  local x = i
  fns[#fns + 1] = function() x = x + 1; return x end
  i = i + 1
  if i <= 3 then goto again end
  print(fns[1](), fns[1](), fns[2](), fns[3]())
end
-- a label at the end of a block may be jumped to over locals
do
  goto fin
  local skipped = 1
  ::fin::
end
print(load("goto fin; local a; ::fin:: print(a)", "=g"))
print(load("goto nowhere", "=g"))
print(load("do ::inner:: end goto inner", "=g"))
print(load("::a:: ::a::", "=g"))
print(load("break", "=g"))
print(load("while true do local function f() break end end", "=g"))
print(load("::a:: do ::a:: end", "=g"))
print(load("::l1:: ::l2:: ::l3:: goto l1", "=g") ~= nil)
print(load("repeat if x then goto cont end; local xuxu = 10; ::cont:: until xuxu < x", "=g"))
-- nested break with while/repeat
local count = 0
while true do
  repeat
    count = count + 1
    if count > 5 then break end
  until false
  break
end
print(count)
-- a state machine
local function machine(s)
  local i, c = 1, nil
  local as, bs = 0, 0
  ::start::
  c = s:sub(i, i); i = i + 1
  if c == "a" then goto isa elseif c == "b" then goto isb else goto finish end
  ::isa:: as = as + 1 goto start
  ::isb:: bs = bs + 1 goto start
  ::finish::
  return as, bs
end
print(machine("abbabab"))
-- conditions with and/or/not and comparison chains
local function cond(a, b, c) if a and (b or not c) then return 1 elseif not (a or b) and c then return 2 end return 3 end
print(cond(true, false, true), cond(true, true, true), cond(false, false, true), cond(true, nil, nil), cond())
-- while with complex condition
local i, j = 0, 10
while i < j and not (i == 7) do i = i + 1; j = j - 0 end
print(i, j)
-- integer division by constants in conditions
if 1 < 2 and 2 <= 2 and 3 > 2.5 and 3.0 >= 3 and "a" < "b" and 1 ~= "1" then print("all") end
