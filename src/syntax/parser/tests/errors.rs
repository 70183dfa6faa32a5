//! Error texts, against fixed samples and the reference `lua5.4`.

use std::io::Write;
use std::process::{Command, Stdio};

use super::parsed;
use crate::syntax::error::error_plain;
use crate::syntax::placed::{error_at, error_near, line_at};

/// Sources that a parser refuses; each is compared with `lua5.4`.
const BAD: &[&str] = &[
    "x",
    "x =",
    "x = =",
    "x = }",
    "= 1",
    "x y",
    "x.y",
    "x.1",
    "x:y",
    "x:y = 1",
    "x[1",
    "x[1]",
    "x[",
    "x[]",
    "f(",
    "f(1",
    "f(1,",
    "f(1 2)",
    "f(\n1",
    "f(\n1 2",
    "(x",
    "(x)",
    "(x) = 1",
    "(f())",
    "(\nx\n",
    "f() = 1",
    "f(), x = 1",
    "x, f() = 1",
    "x, y",
    "x, (y) = 1",
    "x, = 1",
    "1",
    "'a'",
    "nil",
    "x = 1 2",
    "x = 1 'a' ",
    "x = a.'b'",
    "x = a.if",
    "end",
    "until",
    "else",
    "elseif",
    "then",
    "do",
    "while",
    "while x",
    "while x do",
    "while x\ndo\n",
    "while x then end",
    "repeat",
    "repeat\n\n",
    "repeat end",
    "if",
    "if x",
    "if x do end",
    "if x then",
    "if x then\n\n",
    "if x then else",
    "if x then else elseif y then end",
    "if x then elseif",
    "if x then elseif y",
    "if\nx then else\nfor",
    "for",
    "for 1",
    "for x",
    "for x =",
    "for x = 1",
    "for x = 1 do end",
    "for x = 1,",
    "for x = 1, 2",
    "for x = 1, 2, 3, 4 do end",
    "for x,",
    "for x, 1",
    "for x in",
    "for x in y",
    "for x in y do",
    "for x in\ny do\n",
    "for x, y = 1, 2 do end",
    "for x.y in z do end",
    "for x of y do end",
    "function",
    "function f",
    "function f(",
    "function f()",
    "function f()\n",
    "function 1()",
    "function f.1()",
    "function f:g:h() end",
    "function f:g.h() end",
    "function f(1) end",
    "function f(a,) end",
    "function f(a b) end",
    "function f(..., a) end",
    "function f(a, ...",
    "function f(...) ",
    "x = function",
    "x = function f() end",
    "x = function(",
    "x = function()",
    "x = function()\n\n",
    "x = function\n()\n\n",
    "local",
    "local 1",
    "local function",
    "local function 1",
    "local function f.a() end",
    "local x.y",
    "local x,",
    "local x = ",
    "local x <",
    "local x <const",
    "local x <const y",
    "local x <foo> = 1",
    "local x <foo>\n\n = 1",
    "local x <1>",
    "local\nx <bar>\n",
    "goto",
    "goto 1",
    "goto x.y",
    "::",
    "::a",
    "::a:",
    "::1::",
    "::a::\n::b",
    "return 1,",
    "return return",
    "return 1 x",
    "return; x",
    "return;;",
    "return\nend",
    "break x",
    "x = {",
    "x = {1",
    "x = {1 2}",
    "x = {,}",
    "x = {a=}",
    "x = {[1]}",
    "x = {[1] 2}",
    "x = {[1",
    "x = {\n1,\n2\n",
    "x = {\n1 2}",
    "x = {a b}",
    "x = {a 'b' = 1}",
    "x = {'a' = 1}",
    "x = {a.b = 1}",
    "x = {;}",
    "x = {1,,2}",
    "x = {if}",
    "x = 1 +",
    "x = + 1",
    "x = 1 + * 2",
    "x = not",
    "x = -",
    "x = #",
    "x = 1 == ",
    "x = a and",
    "x = ~= 1",
    "x = !a",
    "x = a != b",
    "x = a && b",
    "x = a ? b : c",
    "x = $",
    "x = @",
    "x = `a`",
    "x += 1",
    "x++",
    "x = a -> b",
    "function f() return ... end",
    "function f(a) return function(...) end, ... end",
    "x = function() x = ... end",
    "function f(...) return function() return\n... end end",
    "x = 'abc",
    "x = \"abc",
    "x = 'abc\n'",
    "x = 'a\\65b\n'",
    "x = 'abc\\",
    "x = 'abc\\\n",
    "x = '\\q'",
    "x = 'ab\\n\\q'",
    "x = '\\",
    "x = '\\x'",
    "x = '\\xg1'",
    "x = '\\x1'",
    "x = '\\x1g'",
    "x = '\\x",
    "x = '\\x1",
    "x = '\\256'",
    "x = '\\300 '",
    "x = '\\999'",
    "x = '\\999",
    "x = '\\u'",
    "x = '\\u{'",
    "x = '\\u{}'",
    "x = '\\u{g}'",
    "x = '\\u{1g}'",
    "x = '\\u{1'",
    "x = '\\u{80000000}'",
    "x = '\\u{FFFFFFFFFF}'",
    "x = '\\u{",
    "x = '\\u{1",
    "x = '\\u",
    "x = '\\z  \n  \\q'",
    "x = '\\\n\\q'",
    "x = '\\1\\",
    "x = '\\u{41}\\q'",
    "x = '\\x41\\q'",
    "x = 'a\\\nb\n",
    "x = [[",
    "x = [[\n\n",
    "x = [==[ ]=]",
    "x = [=",
    "x = [=a",
    "x = [==",
    "[=[a]=]",
    "--[[",
    "--[==[\n\n]=]",
    "\n\n--[[ a\n",
    "x = 3x",
    "x = 0x",
    "x = 0xg",
    "x = 1e",
    "x = 1e+",
    "x = 1..2",
    "x = 1.2.3",
    "x = 0x1p",
    "x = 0x1pz",
    "x = 12_3",
    "x = 08z",
    "x = .5.",
    "x = 3=",
    "x = 0xep+1p",
    "x = '\u{0}' y",
    "x = 'a\u{0}b' 'c\u{0}d'",
    "\u{0}",
    "x \u{0}",
    "x = \u{0}",
    "x = 1 \u{0}",
    "x = \u{1b}",
    "x = \u{7f}",
    "é = 1",
    "x = é",
    "x = a\u{a0}b",
    "# x",
    "x = [[a]] [[b\nc]]",
    "x = 1 [==[\nb]==]",
    "x = 1 0x10",
    "x = 1 1.50",
    "x = 1 .5e1",
    "x = 1 'a\\65\\n'",
    "x = 1 ...",
    "x = 1 //",
    "x = 1 ::",
    "x = a <<= 1",
    "f\n(",
    "x = f(\n)\n(",
    "x = {\n}\n}",
    "do",
    "do\n",
    "do end end",
    "do\nlocal x",
    "do return 1 2 end",
    "if x then return else return end end",
    "a.b:c",
    "a.b:c.d()",
    "a:b:c()",
    "a:b[1]()",
    "a:1()",
    "a:'b'()",
    "a:b 1",
    "a..b",
    "a = b c = d e",
    "a = b\n= c",
    "(a)",
    "(a).b",
    "a.b = ",
    "a[1][2",
    "a{",
    "a{1",
    "a'b",
    "a'b' c",
    "x = }\n",
    "x =\n\n}",
    "\n\nx =\n",
    "x = 'a' \r\n }",
    "x\r\n\ry",
];

/// Runs a program in `lua5.4` and returns its output, or `None` without one.
#[expect(clippy::print_stderr, reason = "a skipped comparison must be seen")]
fn reference(program: Vec<u8>) -> Option<Vec<u8>> {
    let child =
        Command::new("lua5.4").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: no lua5.4 to compare with");
        return None;
    };
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let writer = std::thread::spawn(move || stdin.write_all(&program));
    let output = child.wait_with_output().expect("lua5.4 runs");
    writer.join().expect("writer ends").expect("program is read");
    assert!(output.status.success(), "lua5.4 failed");
    Some(output.stdout)
}

/// Returns what `load(source, "=c")` says for each source; `ok` if it is none.
fn reference_messages(sources: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let mut program = b"local function t(s) local f, e = load(s, '=c')\n\
        io.write(e and e:gsub('\\nstack traceback.*', '') or 'ok', '\\1\\1') end\n"
        .to_vec();
    for source in sources {
        let escaped: String = source.iter().map(|b| format!("\\{b:03}")).collect();
        program.extend_from_slice(format!("t('{escaped}')\n").as_bytes());
    }
    let output = reference(program)?;
    let text: Vec<Vec<u8>> =
        output.split(|&b| b == 1).step_by(2).map(<[u8]>::to_vec).take(sources.len()).collect();
    Some(text)
}

fn message(source: &[u8]) -> Vec<u8> {
    parsed(source).map_or_else(|error| error.message().to_vec(), |_| b"ok".to_vec())
}

#[test]
fn messages_agree_with_the_reference() {
    let sources: Vec<Vec<u8>> = BAD.iter().map(|s| s.as_bytes().to_vec()).collect();
    let Some(expected) = reference_messages(&sources) else {
        return;
    };
    for (source, expected) in sources.iter().zip(&expected) {
        assert_eq!(
            String::from_utf8_lossy(&message(source)),
            String::from_utf8_lossy(expected),
            "{:?}",
            String::from_utf8_lossy(source)
        );
    }
}

/// Whether a message says where a `(` was opened: before 5.4.6, PUC took the
/// line on which the called expression starts.
fn names_open_paren(message: &str) -> bool {
    message.contains("to close '('")
}

/// Every prefix, and every one-token change, of a program with all constructs.
#[test]
fn broken_programs_agree_with_the_reference() {
    let words = "local a <const> , b = 1 , f ( 'x' ) ; \n function t . u : v ( c , ... ) \n if a then return b , ... ; \
        elseif c . d [ 1 ] then goto e else x = y end ::e:: for i = 1 , 2 , 3 do x , y [ 1 ] = { 1 ; z = 2 , [ 3 ] = 4 } , - 5 end \
        for k , w in pairs ( t ) do repeat local q = [[s]] until not q .. 'r' ^ 2 end while true do t : v { } break end \
        do local function g ( ) return end end return function ( ... ) end , # a // 2.5 == 0x1p4 end";
    let words: Vec<&str> = words.split(' ').filter(|w| !w.is_empty()).collect();
    let mut sources = Vec::new();
    for end in 0..=words.len() {
        sources.push(words[..end].join(" ").into_bytes());
    }
    let swaps = [
        "end", "=", "(", ")", "'s'", "x", "1", "do", ",", "{", "}", "...", "then", ":", "<",
        "return", "function", "]",
    ];
    for at in 0..words.len() {
        for swap in ["", "; "].iter().chain(&swaps) {
            let mut changed = words.clone();
            changed[at] = swap;
            sources.push(changed.join(" ").into_bytes());
        }
    }
    let Some(expected) = reference_messages(&sources) else {
        return;
    };
    let mut compared = 0;
    for (source, expected) in sources.iter().zip(&expected) {
        let expected = String::from_utf8_lossy(expected);
        // What only a compiler sees.
        if names_open_paren(&expected) {
            continue;
        }
        let semantic = ["label", "break outside", "goto", "assign to const", "jumps into"];
        if semantic.iter().any(|text| expected.contains(text)) {
            continue;
        }
        compared += 1;
        let ours = message(source);
        assert_eq!(String::from_utf8_lossy(&ours), expected, "{}", String::from_utf8_lossy(source));
    }
    assert!(compared > sources.len() / 2, "{compared} of {}", sources.len());
}

#[test]
fn messages_without_a_reference() {
    let samples: &[(&str, &str)] = &[
        ("x =", "c:1: unexpected symbol near <eof>"),
        ("x y", "c:1: syntax error near 'y'"),
        ("if x then\n\n", "c:3: 'end' expected (to close 'if' at line 1) near <eof>"),
        ("end", "c:1: <eof> expected near 'end'"),
        ("x = 3x", "c:1: malformed number near '3x'"),
        ("x = '\\q'", "c:1: invalid escape sequence near ''\\q'"),
        ("x = \u{1b}", "c:1: unexpected symbol near '<\\27>'"),
        ("local x <foo>", "c:1: unknown attribute 'foo'"),
        ("--[[", "c:1: unfinished long comment (starting at line 1) near <eof>"),
        ("goto 1", "c:1: <name> expected near '1'"),
        ("\0", "c:1: unexpected symbol"),
    ];
    for (source, expected) in samples {
        assert_eq!(String::from_utf8_lossy(&message(source.as_bytes())), *expected);
    }
}

#[test]
fn errors_for_the_compiler_have_the_same_form() {
    let source = b"x = 1\n\ny = [[a\nb]] 'c\\65'";
    let text = |error: crate::syntax::error::SyntaxError| error.to_string();
    assert_eq!(text(error_near(source, b"=c", 7, 4, b"m")), "c:7: m near '1'");
    assert_eq!(text(error_at(source, b"=c", 0, b"m")), "c:1: m near 'x'");
    assert_eq!(text(error_at(source, b"=c", 7, b"m")), "c:3: m near 'y'");
    assert_eq!(text(error_at(source, b"=c", 11, b"m")), "c:4: m near '[[a\nb]]'");
    assert_eq!(text(error_at(source, b"=c", 19, b"m")), "c:4: m near ''cA''");
    assert_eq!(text(error_at(source, b"=c", 1000, b"m")), "c:4: m near <eof>");
    assert_eq!(text(error_plain(b"@f.lua", 3, None, b"m")), "f.lua:3: m");
    assert_eq!((line_at(source, 0), line_at(source, 7), line_at(source, 11)), (1, 3, 4));
}

#[test]
fn unfinished_input_is_told_from_wrong_input() {
    for (source, incomplete) in
        [("x =", true), ("do", true), ("[[", true), ("x y", false), ("'a", true)]
    {
        let error = parsed(source.as_bytes()).expect_err(source);
        assert_eq!(error.is_incomplete(), incomplete, "{source}");
    }
}
