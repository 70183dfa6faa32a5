//! Listings of the constructs whose code is easy to get wrong.

use super::listing;

/// Compares the code of a chunk's functions, without headers, positions of
/// source lines and padding.
#[track_caller]
fn check(source: &str, expected: &str) {
    let tidy = |text: &str| {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = text.lines().map(words).filter(|l| !l.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    };
    let listed = listing(source);
    let code: String = listed
        .lines()
        .map(|line| {
            let mut parts = line.splitn(2, ": ");
            match (line.starts_with(' '), parts.next()) {
                (false, Some(head)) => format!("{}\n", head.split(' ').next().unwrap_or("")),
                _ => {
                    let start = line.find('[').unwrap_or(0);
                    let end = line.find(']').map_or(0, |at| at + 1);
                    format!("{}{}\n", &line[..start], &line[end..])
                }
            }
        })
        .collect();
    assert_eq!(tidy(&code), tidy(expected), "\n{listed}");
}

#[test]
fn assignment_conflicts_use_copies() {
    check(
        r#"local acc, a, i = {}, {}, 1
acc[i], a, i = a[1], a[2], i+1
a.x, a = 1, 2"#,
        r#"
main
0 VarargPrep 0
1 NewTable 0 0 0
2 NewTable 1 0 0
3 LoadI 2 1
4 Move 3 2
5 GetI 4 1 1
6 GetI 5 1 2
7 AddI 2 2 0 1
8 Move 1 5
9 SetTable 0 3 4 0
10 Move 3 1
11 LoadI 4 1
12 LoadI 1 2
13 SetField 3 4 0 0 ; "x"
14 Return 0 1 0
"#,
    );
}

#[test]
fn globals_through_a_captured_environment_survive_its_change() {
    check(
        r#"local function f() x, _ENV = 1, {} end"#,
        r#"
main
0 VarargPrep 0
1 Closure 0 0
2 Return 0 1 0
function
0 GetUpval 0 0 ; _ENV
1 LoadI 1 1
2 NewTable 2 0 0
3 SetUpval 2 0 ; _ENV
4 SetField 0 1 0 0 ; "x"
5 Return0
"#,
    );
}

#[test]
fn and_or_values() {
    check(
        r#"local a, b = ...
local c = a and b or 3
local d = not (a == b)
local e = a < 5 and b
local f = a or b
return nil and a"#,
        r#"
main
0 VarargPrep 0
1 Vararg 0 3
2 Test 0 0 1 ; to 4
3 TestSet 2 1 1 1 ; to 5
4 LoadI 2 3
5 Eq 0 1 0 1 ; to 7
6 LFalseSkip 3 ; to 8
7 LoadTrue 3
8 LtI 0 5 0 2 ; to 11
9 Move 4 1
10 Jmp 2 ; to 13
11 LFalseSkip 4 ; to 13
12 LoadTrue 4
13 TestSet 5 0 1 1 ; to 15
14 Move 5 1
15 LoadNil 6 0
16 Test 6 0 1 ; to 18
17 Move 6 0
18 Return 6 2 0
19 Return 0 1 0
"#,
    );
}

#[test]
fn closures_in_loops_and_continue() {
    check(
        r#"for k = 1, 10 do
  local f = function() return k end
  if k > 5 then goto continue end
  f()
  ::continue::
end"#,
        r#"
main
0 VarargPrep 0
1 LoadI 0 1
2 LoadI 1 10
3 LoadI 2 1
4 ForPrep 0 7 ; to 12
5 Closure 4 0
6 GtI 3 5 0 1 ; to 8
7 Jmp 2 ; to 10
8 Move 5 4
9 Call 5 1 1
10 Close 3
11 ForLoop 0 -7 ; to 5
12 Return 0 1 1
function
0 GetUpval 0 0 ; k
1 Return1 0
2 Return0
"#,
    );
}

#[test]
fn breaks_close_captured_variables() {
    check(
        r#"while g do
  local z
  local f = function() return z end
  if z then break end
end"#,
        r#"
main
0 VarargPrep 0
1 GetTabUp 0 0 0 ; _ENV "g"
2 Test 0 0 6 ; to 9
3 LoadNil 0 0
4 Closure 1 0
5 Test 0 1 2 ; to 8
6 Close 0
7 Jmp -7 ; to 1
8 Close 0
9 Return 0 1 1
function
0 GetUpval 0 0 ; z
1 Return1 0
2 Return0
"#,
    );
}

#[test]
fn repeat_condition_sees_captured_variables() {
    check(
        r#"repeat
  local u = 1
  local g = function() return u end
until u or g()"#,
        r#"
main
0 VarargPrep 0
1 LoadI 0 1
2 Closure 1 0
3 Test 0 1 3 ; to 7
4 Move 2 1
5 Call 2 1 2
6 Test 2 0 2 ; to 9
7 Close 0
8 Jmp 2 ; to 11
9 Close 0
10 Jmp -10 ; to 1
11 Return 0 1 1
function
0 GetUpval 0 0 ; u
1 Return1 0
2 Return0
"#,
    );
}

#[test]
fn generic_for_closes_its_fourth_value() {
    check(
        r#"for k, v in pairs(t) do
  if v then break end
end"#,
        r#"
main
0 VarargPrep 0
1 GetTabUp 0 0 0 ; _ENV "pairs"
2 GetTabUp 1 0 1 ; _ENV "t"
3 Call 0 2 5
4 TForPrep 0 1 ; to 6
5 Test 5 1 2 ; to 8
6 TForCall 0 2
7 TForLoop 0 -3 ; to 5
8 Close 0
9 Return 0 1 1
"#,
    );
}

#[test]
fn backward_goto_closes() {
    check(
        r#"::top::
do
  local x
  if x then goto top end
end"#,
        r#"
main
0 VarargPrep 0
1 LoadNil 0 0
2 Test 0 0 2 ; to 5
3 Close 0
4 Jmp -4 ; to 1
5 Return 0 1 0
"#,
    );
}

#[test]
fn constants_and_closed_locals() {
    check(
        r#"local c <const>, d <const> = 5, "s"
local e <close> = nil
local z <const> = 10
return c, z, z + 1"#,
        r#"
main
0 VarargPrep 0
1 LoadI 0 5
2 LoadNil 1 0
3 Tbc 1
4 Move 2 0
5 LoadI 3 10
6 LoadI 4 11
7 Return 2 4 1
8 Return 0 1 1
"#,
    );
}

#[test]
fn immediates_and_constants() {
    check(
        r#"local x = ...
x = x + 1; x = 1 + x; x = x - 1; x = 1 - x; x = x - 2.5
x = x << 2; x = 2 << x; x = x >> 2; x = x & 7; x = 7 | x; x = x ~ 1.5
x = x * 70000000000; x = 2 * 3 + 4; x = 1 // 0; x = 0.0 / 0.0"#,
        r#"
main
0 VarargPrep 0
1 Vararg 0 2
2 AddI 0 0 0 1
3 AddK 0 0 1 0 ; 1
4 AddI 0 0 1 -1
5 LoadI 1 1
6 Sub 0 1 0
7 SubK 0 0 1 ; 2.5
8 ShrI 0 0 1 -2
9 ShlI 0 0 2
10 ShrI 0 0 0 2
11 BAndK 0 0 0 2 ; 7
12 BOrK 0 0 1 2 ; 7
13 LoadK 1 3 ; 1.5
14 BXor 0 0 1
15 MulK 0 0 0 4 ; 70000000000
16 LoadI 0 10
17 LoadI 1 1
18 IDivK 0 1 5 ; 0
19 LoadF 1 0
20 DivK 0 1 6 ; 0.0
21 Return 0 1 0
"#,
    );
}

#[test]
fn comparisons() {
    check(
        r#"local x, y = ...
if x == 1 then y() end
if x ~= 2.0 then y() end
if 3 < x then y() end
if x >= 4 then y() end
if x <= 400 then y() end
if x == "s" then y() end
if x == y then y() end"#,
        r#"
main
0 VarargPrep 0
1 Vararg 0 3
2 EqI 0 1 0 2 ; to 5
3 Move 2 1
4 Call 2 1 1
5 EqI 0 2 3 2 ; to 8
6 Move 2 1
7 Call 2 1 1
8 GtI 0 3 0 2 ; to 11
9 Move 2 1
10 Call 2 1 1
11 GeI 0 4 0 2 ; to 14
12 Move 2 1
13 Call 2 1 1
14 LoadI 2 400
15 Le 0 2 0 2 ; to 18
16 Move 2 1
17 Call 2 1 1
18 EqK 0 0 0 2 ; "s" to 21
19 Move 2 1
20 Call 2 1 1
21 Eq 0 1 0 2 ; to 24
22 Move 2 1
23 Call 2 1 1
24 Return 0 1 0
"#,
    );
}

#[test]
fn calls_methods_and_open_lists() {
    check(
        r#"local t = {1, 2, n = 3, [4] = 5, f()}
t:m(...)
g(a, (...))
return t.x.y(f())"#,
        r#"
main
0 VarargPrep 0
1 NewTable 0 2 2
2 LoadI 1 1
3 LoadI 2 2
4 SetField 0 1 1 0 ; "n" 3
5 SetI 0 2 1 4 ; 5
6 GetTabUp 3 0 3 ; _ENV "f"
7 Call 3 1 0
8 SetList 0 0 0
9 SelfOp 1 0 4 ; "m"
10 Vararg 3 0
11 Call 1 0 1
12 GetTabUp 1 0 5 ; _ENV "g"
13 GetTabUp 2 0 6 ; _ENV "a"
14 Vararg 3 2
15 Call 1 3 1
16 GetField 1 0 7 ; "x"
17 GetField 1 1 8 ; "y"
18 GetTabUp 2 0 3 ; _ENV "f"
19 Call 2 1 0
20 TailCall 1 0 0
21 Return 1 0 0
22 Return 0 1 0
"#,
    );
}

#[test]
fn concatenation_is_one_instruction() {
    check(
        r#"local x = ...
return x .. "a" .. x .. 1"#,
        r#"
main
0 VarargPrep 0
1 Vararg 0 2
2 Move 1 0
3 LoadK 2 0 ; "a"
4 Move 3 0
5 LoadI 4 1
6 Concat 1 4
7 Return 1 2 0
8 Return 0 1 0
"#,
    );
}

#[test]
fn stores_of_constants() {
    check(
        r#"local t, k = {}, 1
t.x = nil; t[1] = true; t[k] = "s"; t[k] = k; y = 2; t[2^53] = 1"#,
        r#"
main
0 VarargPrep 0
1 NewTable 0 0 0
2 LoadI 1 1
3 SetField 0 1 1 0 ; "x" nil
4 SetI 0 2 1 1 ; true
5 SetTable 0 1 0 4 ; "s"
6 SetTable 0 1 1 0
7 SetTabUp 0 5 1 4 ; _ENV "y" 2
8 LoadK 2 6 ; 9007199254740992.0
9 SetTable 0 2 0 8 ; 1
10 Return 0 1 0
"#,
    );
}

#[test]
fn method_definition() {
    check(
        r#"local t = {}
function t.a.b:m(p, ...) return self, p, ... end"#,
        r#"
main
0 VarargPrep 0
1 NewTable 0 0 0
2 GetField 1 0 0 ; "a"
3 GetField 1 1 1 ; "b"
4 Closure 2 0
5 SetField 1 2 0 2 ; "m"
6 Return 0 1 0
function
0 VarargPrep 2
1 Move 2 0
2 Move 3 1
3 Vararg 4 0
4 Return 2 0 0
5 Return 0 1 0
"#,
    );
}
