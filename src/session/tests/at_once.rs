//! Functions that need no frame for simple arguments return what they return with one.

use crate::{Limits, Session};

fn session() -> Session {
    let limits = Limits { fuel: 100_000_000, ..Limits::default() };
    Session::builder().limits(limits).build().unwrap()
}

/// Calls each function with all pairs and some longer lists of values, plainly, which may need
/// no frame, and through `pcall`, which always makes one. Returns the number of calls.
const SCRIPT: &str = r#"
local values = {
    0, 1, -1, 3, 7, math.mininteger, math.maxinteger, 0.0, -0.0, 0.5, -2.5, 2.0^53, 1e6, 1000001.5,
    1e300, 1/0, -1/0, 0/0, "10", "word", "", true, {}, { 5, word = false }, '#', '#1',
    ("long"):rep(20), print, false,
}
local n = #values + 1
local function same(a, b)
    return math.type(a) == math.type(b) and tostring(a) == tostring(b)
end
local calls = 0
local function try(f, name, ...)
    calls = calls + 1
    local framed = table.pack(pcall(f, ...))
    local done = table.pack(pcall(function(...) local result = f(...) return result end, ...))
    assert(framed[1] == done[1], name)
    if framed[1] then assert(same(framed[2], done[2]), name) end
    local all = table.pack(pcall(function(...) return (select('#', f(...))) end, ...))
    assert(not framed[1] or all[2] == framed.n - 1, name)
end
for _, name in ipairs{ "abs", "ceil", "cos", "exp", "floor", "fmod", "log", "max", "min", "sin",
    "sqrt", "tan", "tointeger", "byte", "char", "len", "lower", "reverse", "sub", "upper", "assert", "next", "rawequal", "rawget", "rawlen", "select",
    "type" } do
    local f = math[name] or string[name] or _G[name]
    try(f, name)
    for i = 1, n do
        try(f, name, values[i])
        for j = 1, n do
            try(f, name, values[i], values[j])
        end
        try(f, name, values[i], 2, 3)
        try(f, name, 1, values[i], 3, 2)
        try(f, name, 1.5, 0.5, values[i], 2.5)
        try(f, name, 1, 2, 3, 4, values[i])
        try(f, name, "word", values[i], 3)
    end
end
return calls
"#;

/// Calls functions that do more than to say one value, without a frame and with one.
const MORE: &str = r##"
local calls = 0
local function same(name, framed, done)
    calls = calls + 1
    assert(framed.n == done.n, name)
    for i = 1, framed.n do
        assert(math.type(framed[i]) == math.type(done[i]), name)
        assert(tostring(framed[i]) == tostring(done[i]), name)
    end
end

local strings = { "", "a", "word", ("x"):rep(39), ("x"):rep(40), ("x"):rep(41), ("x"):rep(300) }
for _, s in ipairs(strings) do
    for n = -1, 45 do
        same("rep", table.pack(select(2, pcall(string.rep, s, n))), table.pack(s:rep(n)))
        for _, sep in ipairs{ "", ", ", ("-"):rep(20) } do
            local framed = table.pack(select(2, pcall(string.rep, s, n, sep)))
            same("rep", framed, table.pack(s:rep(n, sep)))
        end
    end
end

-- Loops over an iterator that needs no frame, and over a function that calls it with one.
local texts = { "", "abc", "aé漢😀z", "\u{7FFFFFFF}", "a\x80", "é\xFF", "\xC3", "é\x80", "\u{D800}x" }
for _, text in ipairs(texts) do
    for _, lax in ipairs{ false, true } do
        local function walk(wrap)
            local all, n = {}, 0
            local function note(value) n = n + 1 all[n] = value end
            local done, message = pcall(function()
                local f, s, control = utf8.codes(text, lax)
                for at, code, none in wrap(f), s, control do
                    note(at)
                    note(code)
                    assert(none == nil)
                end
                for at in wrap(f), s, control do note(at) end
            end)
            note(done)
            note(done or message:match("invalid UTF%-8 code"))
            all.n = n
            return all
        end
        local framed = walk(function(f)
            return function(s, control)
                local found = table.pack(pcall(f, s, control))
                if not found[1] then error(found[2], 0) end
                return table.unpack(found, 2, found.n)
            end
        end)
        same(text, framed, walk(function(f) return f end))
    end
end
for _, control in ipairs{ -1, 0, 1, 5, 100, math.mininteger } do
    local f, s = utf8.codes("aé漢z")
    same("codes", table.pack(select(2, pcall(f, s, control))), table.pack(f(s, control)))
end

-- Matches: none, empty, one, two and three captures, positions, long ones, wrong patterns, and
-- matches that take long.
local text = "key=value; a=1; " .. ("x"):rep(50) .. "=" .. ("y"):rep(1500) .. "; é="
for _, pattern in ipairs{
    "%a+", "[^;]+", ".", "%d", "[=;]", "z", "", "()", "%a*()", "(%a+)=(%w+)", "(%w+)=(%w*)", "((%a)=)()",
    "(%a", "[a", "%", "y-;", "(y*)(;)", "^%a+",
} do
    local function walk(each)
        local all, n = {}, 0
        local done = pcall(each, function(...)
            for i = 1, select("#", ...) do
                n = n + 1
                all[n] = (select(i, ...))
            end
        end)
        all[n + 1] = done
        all.n = n + 1
        return all
    end
    local framed = walk(function(note)
        local f = text:gmatch(pattern)
        while true do
            local found = table.pack(pcall(f))
            if not found[1] then error(found[2], 0) end
            if found[2] == nil then break end
            note(table.unpack(found, 2, 4))
        end
    end)
    same(pattern, framed, walk(function(note)
        for a, b, c in text:gmatch(pattern) do note(a, b, c) end
    end))
    local first = walk(function(note) for a in text:gmatch(pattern) do note(a) end end)
    assert(first.n == (framed.n - 1) // 3 + 1, pattern)
end

-- A few items.
local lists = {
    {}, { 1 }, { 1, 2 }, { 1, nil, 3 }, { 1, 2, 3, 4 }, { [-1] = "a", [0] = "b", "c" }, { n = 1 },
    setmetatable({}, { __index = function(_, key) return key end, __len = function() return 2 end }),
}
for _, list in ipairs(lists) do
    local framed = table.pack(select(2, pcall(table.unpack, list)))
    same("unpack", framed, table.pack(table.unpack(list)))
    for _, first in ipairs{ -1, 0, 1, 2, math.maxinteger, math.mininteger } do
        framed = table.pack(select(2, pcall(table.unpack, list, first, first + 1)))
        same("unpack", framed, table.pack(select(2, pcall(function()
            return table.unpack(list, first, first + 1)
        end))))
        if first > math.mininteger then
            framed = table.pack(select(2, pcall(table.unpack, list, first)))
            same("unpack", framed, table.pack(table.unpack(list, first)))
        end
    end
    for _, f in ipairs{ pairs, ipairs } do
        same("pairs", table.pack(select(2, pcall(f, list))), table.pack(f(list)))
        local a, b, c, d = f(list, "more")
        assert(a == f(list) and b == list and d == nil)
    end
end
same("pairs", table.pack(select(2, pcall(pairs, lists))), table.pack(pairs(lists)))
assert(pairs(setmetatable({}, { __pairs = function() return 1, 2, 3 end })) == 1)

-- Appending.
local insert = table.insert
local a, b = {}, {}
for i = 1, 100 do
    assert(select("#", insert(a, i)) == 0)
    pcall(insert, b, i)
    if i % 7 == 0 then a[i - 3] = nil b[i - 3] = nil end
end
insert(a, nil)
pcall(insert, b, nil)
assert(#a == #b)
for i = 1, 101 do assert(a[i] == b[i]) end
local log = {}
local logged = setmetatable({}, { __newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, v) end })
insert(logged, "x")
assert(log[1] == 1 and logged[1] == "x")

local key, value, none = next({ 5 })
assert(key == 1 and value == 5 and none == nil and select("#", next({ 5 })) == 2)
assert(select("#", next({})) == 1 and next({}) == nil)
return calls
"##;

#[test]
fn functions_that_take_fuel_and_memory_do_the_same_without_a_frame() {
    let calls: f64 =
        session().run(MORE).json().unwrap()[1..].trim_end_matches(']').parse().unwrap();
    assert!(calls > 1_300.0, "{calls}");
}

#[test]
fn calls_without_a_frame_take_what_they_take_with_one() {
    // Collections come between and in loops, and what is left in the slots keeps objects alive.
    const MAKING: &str = r#"
local kept = {}
for round = 1, 40 do
    for word, number in (("alpha=1 beta=22 "):rep(40)):gmatch("(%a+)=(%d+)") do
        kept[word .. round] = number:rep(7) .. word:upper()
        local t = {}
        for at, code in utf8.codes("aé漢" .. round) do table.insert(t, string.char(code % 256) .. at) end
        kept[#kept % 300 + 1] = t[next(t)]:rep(12, word):sub(2, -2):reverse()
        for _, text in ipairs(t) do kept[text] = { table.unpack(t, 1, 2) } end
    end
end
"#;
    // What counts executed instructions makes all frames.
    let report = |script: &str, framed: bool| {
        let limits = Limits { fuel: 100_000_000, ..Limits::default() };
        let mut session = Session::builder().limits(limits).coverage(framed).build().unwrap();
        let report = session.run(script);
        assert!(report.json().is_ok());
        (report.usage.fuel_used, report.usage.memory_peak)
    };
    for script in [MORE, MAKING, "return string.rep('', 3)"] {
        assert_eq!(report(script, true), report(script, false));
    }
}

#[test]
fn functions_without_a_frame_return_what_they_return_with_one() {
    let calls: f64 =
        session().run(SCRIPT).json().unwrap()[1..].trim_end_matches(']').parse().unwrap();
    assert!(calls > 10_000.0, "{calls}");
}
