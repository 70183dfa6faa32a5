//! Functions that need no frame for simple arguments return what they return with one.

use crate::{Limits, Session};

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
    "sqrt", "tan", "tointeger", "byte", "len", "assert", "rawequal", "rawget", "rawlen", "select",
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

#[test]
fn functions_without_a_frame_return_what_they_return_with_one() {
    let limits = Limits { fuel: 100_000_000, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build().unwrap();
    let calls: f64 =
        session.run(SCRIPT).json().unwrap()[1..].trim_end_matches(']').parse().unwrap();
    assert!(calls > 10_000.0, "{calls}");
}
