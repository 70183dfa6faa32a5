-- JSON both ways.
local function try(f, ...) print(pcall(f, ...)) end
local doc = '{"a":[1,2.5,-0.0,1e3,true,false,null,"x\\u00e9\\ud83d\\ude00\\n"],"b":{},"c":[],"d":{"deep":[[[[1]]]]},"long":"' .. ("z"):rep(500) .. '"}'
local t = json.decode(doc)
print(#t.a, t.a[1], t.a[2], t.a[3], t.a[8], t.d.deep[1][1][1][1], #t.long)
print(json.encode(t)) print(json.encode(json.decode(json.encode(t))) == json.encode(t))
print(json.encode({ 1, 2, 3 }), json.encode({ a = 1 }), json.encode("x\0\"\\"), json.encode(1.0), json.encode({}), json.encode({ 1, nil, 3 }), json.encode({ 1, 2, x = 3 }))
try(json.encode, print) try(json.encode, 0 / 0) try(json.encode, "\xff") try(json.encode, { a = { print } })
local cyc = {} cyc.me = cyc try(json.encode, cyc)
try(json.decode, "[1,") try(json.decode, '{"a":1,"a":2}') try(json.decode, "nul") try(json.decode, "[1] x") try(json.decode, ("["):rep(500)) try(json.decode, "")
local d = {} for i = 1, 300 do d = { d } end try(json.encode, d)
local rows = {}
for i = 1, 200 do rows[i] = { id = i, name = "row " .. i, tags = { "a", "b", i }, score = i / 3 } end
local text = json.encode(rows)
print(#text, text:sub(1, 100))
local back = json.decode(text)
print(#back, back[200].name, back[200].score == 200 / 3, back[7].tags[3])
local keys = {}
for k in pairs(back[1]) do keys[#keys + 1] = k end
print(table.concat(keys, ","))
return t, rows[3], { x = json.decode("[]") }
