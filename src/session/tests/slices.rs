//! Runs in slices change what is from before them at the prices, and in the order, of whole ones.

use crate::{Chunk, Digest, Limits, Report, Session};

/// What the session has, and what a run does to it.
const PROGRAMS: [(&str, &str); 5] = [
    // Integer keys beside others, which the array part takes in: a block that is from before the
    // run is copied for that, and more is to be paid behind it.
    ("t = {} for i = 1, 140 do t['k' .. i] = i end", "for i = 1, 9 do t[i + 1] = i end"),
    // The same, of a block so large that copying it makes a collection due.
    ("t = {} for i = 236, 1320 do t['k' .. i] = i end", "for i = 951, 439, -1 do t[i] = i end"),
    (
        "t = {} for i = 1, 4000 do t[-i] = i end",
        "for i = 9000, 5000, -1 do t[i] = i t[-i] = nil end",
    ),
    // Objects as keys, of before the run and of it: taken out, put back, weak, with metamethods.
    (
        "keys, t, weak = {}, {}, setmetatable({}, { __mode = 'k' })
         for i = 1, 200 do keys[i] = {} t[keys[i]] = i weak[{}] = i weak[keys[i]] = i end",
        "for i = 1, 200 do t[keys[i]] = nil t[{}] = i if i % 3 > 0 then t[keys[i]] = -i end end
         local seen = setmetatable({}, { __newindex = function(t, k) rawset(t, k, true) end })
         for i = 1, 100 do seen[keys[i]] = false seen[print] = i seen[keys[i]] = i end
         local sum, order = 0, '' for i = 1, 300 do weak[{}] = i end
         for _, v in pairs(t) do sum = sum + v order = order .. v end
         return sum, order, seen[keys[7]], weak[keys[9]]",
    ),
    // A queue of as many as are moved at once where slices are long.
    (
        "q, first = {}, 1",
        "for i = 1, 4000 do q[i] = i if i % 3 > 0 then q[first] = nil first = first + 1 end end",
    ),
];

fn run((before, source): (&str, &str), slice: u64) -> (Report, Digest) {
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let mut session = Session::builder().limits(limits).hash_key(7).build().unwrap();
    assert!(session.run(before).is_done());
    let mut run = session.start(Chunk::new(source.as_bytes()));
    while !run.step(slice).is_ended() {}
    let (mut session, report) = run.finish();
    (report, session.digest())
}

/// A function that sets many variables of before the run in one go, behind `garbage` bytes of a
/// string.
fn variables(garbage: usize) -> (String, String) {
    let names: Vec<String> = (0..100).map(|at| format!("a{at}")).collect();
    let sets: String = names.iter().map(|name| format!("{name} = 1 ")).collect();
    let before = format!("local {} function set() {sets} end", names.join(", "));
    let source = format!(
        "local s = ('x'):rep({garbage}) s = nil set() for i = 1, 30 do end \
         return collectgarbage('count')"
    );
    (before, source)
}

#[test]
fn variables_of_the_session_are_set_alike_in_slices() {
    // One of these makes a collection due within the function.
    for garbage in (200_000..270_000).step_by(5_000) {
        let (before, source) = variables(garbage);
        let program = (before.as_str(), source.as_str());
        let whole = run(program, u64::MAX);
        for slice in [1, 7, 50] {
            assert_eq!(run(program, slice), whole, "{garbage}, {slice}");
        }
    }
}

/// Operations that metamethods answer, objects that are called, protected calls, `...`.
const OPERATORS: &str = "
    local V = {}
    V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end
    V.__eq = function(a, b) return a.x == b.x end
    V.__lt = function(a, b) return a.x < b.x end
    V.__le = function(a, b) return a.x <= b.x end
    V.__unm = function(a) return a.x end
    V.__len = function(a) return a.x end
    V.__call = function(self, a, b, c, d, ...) return self.x, d, select('#', ...) end
    V.__index = function(_, key) return key .. '!' end
    V.__newindex = function(t, key, value) rawset(t, key, value) end
    local one, sum, seen = setmetatable({ x = 1 }, V), setmetatable({ x = 0 }, V), ''
    local function deep(n) if n > 0 then return (deep(n - 1)) end return one(n) end
    for i = 1, 40 do
        sum = sum + one
        sum['k' .. i] = i
        local ok, x = pcall(function(...) return #sum + -one + select('#', ...) end, i, i)
        local a, b, c = sum(1, 2, 3, i, 5, 6)
        local many = table.pack(sum(table.unpack({}, 1, i)))
        seen = sum.y .. deep(i) .. a .. b .. c .. many.n .. x
        if one < sum and one <= sum and sum ~= one then seen = seen .. tostring(one == sum) end
    end
    return seen, (select(2, pcall(function() return sum + nil end)))";

/// Calls that need no frame, for more results than are moved at no price.
fn wide() -> String {
    let names: Vec<String> = (0..60).map(|at| format!("a{at}")).collect();
    let names = names.join(", ");
    let calls = ["string.char(65)", "pairs(t)", "next(t)", "table.unpack(t)", "('x'):rep(3)"];
    let calls: String = calls.map(|call| format!("do local {names} = {call} end ")).concat();
    format!(
        "local s, t = 'abcdef', {{ 1, 2 }} for i = 1, 30 do {calls} \
         for {names} in s:gmatch('%a') do end for {names} in utf8.codes(s) do end end"
    )
}

#[test]
fn calls_without_the_long_way_are_alike_in_slices() {
    for source in [OPERATORS, &wide()] {
        let whole = run(("n = 0", source), u64::MAX);
        assert!(whole.0.is_done(), "{:?}", whole.0);
        for slice in (1..40).chain([50, 100, 997]) {
            assert_eq!(run(("n = 0", source), slice), whole, "{slice}");
        }
    }
}

#[test]
fn a_limit_ends_calls_where_it_ends_them_in_slices() {
    for source in [OPERATORS, &wide()] {
        limits_end_alike(source);
    }
}

fn limits_end_alike(source: &str) {
    let (needed, _) = run(("n = 0", source), u64::MAX);
    for fuel in (1..needed.usage.fuel_used).step_by(13) {
        let at_limit = |slice| {
            let limits = Limits { fuel, ..Limits::default() };
            let session = Session::builder().limits(limits).hash_key(7).build().unwrap();
            let mut run = session.start(Chunk::new(source.as_bytes()));
            while !run.step(slice).is_ended() {}
            let (mut session, report) = run.finish();
            (report, session.digest())
        };
        assert_eq!(at_limit(u64::MAX), at_limit(3), "{fuel}");
    }
}

/// Calls of library functions, each of which pays within its work. What a step changed before it
/// was refused, it would find changed when it runs again.
const LIBRARY: [&str; 38] = [
    "s:byte(3, 9)",
    "s:byte(-90, -1)",
    "#table.pack(long:byte(1, -1))",
    "string.char(s:byte(1, 60))",
    "s:sub(2, 70)",
    "s:rep(3, ', ')",
    "#long:rep(30)",
    "s:upper():lower():reverse()",
    "#long:upper()",
    "s:find('zy', 1, true)",
    "s:find('(%l+)(%d+)', 5)",
    "s:match('^(.-)%s*$')",
    "s:gsub('%w', '<%0>')",
    "s:gsub('.', { a = 'A', b = 1 })",
    "s:gsub('%a+', function(word) return #word end, 4)",
    "('%5d|%-9s|%q|%g|%s'):format(7, 'abc', s, 1.5, proxy)",
    "string.pack('<i4 s2 z d', 7, s, 'abc', 1.5):byte(1, -1)",
    "string.unpack('<i4 i2 z', string.pack('<i4 i2 z', 7, 8, s))",
    "string.unpack('<' .. ('B'):rep(40), s)",
    "utf8.char(228, 8364, 128512, 65, 66, 67, 68, 69)",
    "utf8.codepoint(wide, 1, -1)",
    "utf8.len(wide)",
    "utf8.offset(wide, 20)",
    "utf8.offset(wide, -9)",
    "table.concat(items, ', ', 2, 30)",
    "table.concat(table.pack(table.unpack(items, 3, 40)), ' ')",
    "select('#', table.unpack(items))",
    "select(-3, table.unpack(items))",
    "table.concat(table.move(items, 5, 40, 9, {}), ' ', 9, 44)",
    "table.concat(table.move({ 1, 2, 3, 4, 5, 6, 7, 8 }, 1, 6, 2), ' ')",
    "table.concat(moved(), ' ')",
    "table.concat(sorted(), ' ')",
    "table.concat(sorted(function(a, b) return a > b end), ' ')",
    "math.max(table.unpack(items))",
    "math.min(table.unpack(items))",
    "tonumber(('7'):rep(60)), tonumber('zz', 36), tonumber(' 0x1p4 ')",
    "load('return ' .. ('1 + '):rep(20) .. '2')()",
    "#proxy, proxy.x, tostring(proxy), table.unpack(proxy)",
];

/// Returns a script that makes each of the calls, a little more fuel having gone each time.
fn library() -> String {
    let calls: String = LIBRARY.map(|call| format!("add({call}) ")).concat();
    format!(
        "local s, long = ('abc12 xyz'):rep(9), ('0123456789'):rep(450)
         local wide, items, out = ('a\\u{{e4}}\\u{{20ac}}'):rep(20), {{}}, {{}}
         for i = 1, 50 do items[i] = i * 7 % 50 end
         local proxy = setmetatable({{}}, {{ __len = function() return 3 end,
             __index = function(_, key) return key end, __tostring = function() return 'p' end }})
         local function moved()
             local t = table.move(items, 1, 50, 1, {{}})
             for i = 1, 9 do table.insert(t, i * 3, -i) table.insert(t, table.remove(t, i * 4)) end
             return t
         end
         local function sorted(order)
             local t = table.move(items, 1, 50, 1, {{}})
             table.sort(t, order)
             return t
         end
         local function add(...)
             for i = 1, select('#', ...) do out[#out + 1] = tostring((select(i, ...))) end
         end
         {calls}
         return table.concat(out, '\\n')"
    )
}

#[test]
fn library_functions_are_alike_in_slices() {
    let source = library();
    let whole = run(("n = 0", &source), u64::MAX);
    assert!(whole.0.is_done(), "{:?}", whole.0);
    for slice in (1..120).chain([997]) {
        assert_eq!(run(("n = 0", &source), slice), whole, "{slice}");
    }
}

#[test]
fn tables_of_the_session_change_alike_in_slices() {
    for program in PROGRAMS {
        let whole = run(program, u64::MAX);
        assert!(whole.0.is_done(), "{program:?}: {:?}", whole.0);
        for slice in [1, 2, 3, 7, 50, 100, 997, 5000, 60_000] {
            assert_eq!(run(program, slice), whole, "{program:?}, {slice}");
        }
    }
}

#[test]
fn calls_at_the_end_of_a_stack_are_alike_in_slices() {
    // A call without a frame has room where one with a frame has it: the stack grows for both.
    let calls = [
        "string.unpack('i1i1i1i1i1i1i1i1', ('x'):rep(20))",
        "string.unpack('zs1z', 'ab\\0\\1ccc\\0')",
        "string.pack('i4zd', 1, 'two', 3)",
        "table.unpack({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})",
        "('ab'):gsub('.', function(letter) return letter .. letter end)",
    ];
    for call in calls {
        for registers in 0..60 {
            let locals: String = (0..registers).map(|at| format!("local a{at} = 1 ")).collect();
            let source = format!("local function f() {locals} return 1, {call} end return f()");
            let whole = run(("", &source), u64::MAX);
            assert!(whole.0.is_done(), "{whole:?}");
            assert_eq!(run(("", &source), 1), whole, "{registers} {call}");
        }
    }
}
