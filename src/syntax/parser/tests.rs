//! The tape of each construct, lines, nesting and size.

mod errors;

use super::{ParseOptions, parse, parse_with};
use crate::syntax::ast::{Chunk, Kind, Node};
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::NoMeter;

fn parsed(source: &[u8]) -> Result<Chunk, SyntaxError> {
    parse(source, b"=c", &mut NoMeter)
}

/// Writes a node down with its strings in place of their ids.
fn text(chunk: &Chunk, node: &Node) -> String {
    let mut text = format!("{:?}", node.kind);
    while let Some(start) = text.find("StrId(") {
        let end = start + text[start..].find(')').expect("closes");
        let id: usize = text[start + 6..end].parse().expect("a number");
        let shown = String::from_utf8_lossy(&chunk.strings[id]).into_owned();
        text.replace_range(start..=end, &shown);
    }
    text
}

/// The whole tape but its end.
fn tape(source: &str) -> String {
    let chunk = parsed(source.as_bytes()).expect(source);
    let (last, nodes) = chunk.nodes.split_last().expect("has an end");
    assert_eq!(last.kind, Kind::Eof);
    let texts: Vec<String> = nodes.iter().map(|node| text(&chunk, node)).collect();
    texts.join(" ")
}

/// The tape of an expression, without the `return` around it.
fn expression(source: &str) -> String {
    let tape = tape(&format!("return {source}"));
    let inner =
        tape.strip_prefix("Return ").and_then(|t| t.strip_suffix(" ReturnEnd { exprs: 1 }"));
    inner.expect("one expression").to_owned()
}

/// Each node with its line.
fn lines(source: &str) -> String {
    let chunk = parsed(source.as_bytes()).expect(source);
    let texts: Vec<String> = chunk
        .nodes
        .iter()
        .map(|node| {
            let name = text(&chunk, node);
            let name = name.split([' ', '(']).next().unwrap_or_default();
            format!("{name}:{}", node.line)
        })
        .collect();
    texts.join(" ")
}

#[test]
fn simple_expressions() {
    assert_eq!(expression("nil"), "Nil");
    assert_eq!(expression("true"), "True");
    assert_eq!(expression("false"), "False");
    assert_eq!(expression("1"), "Integer(1)");
    assert_eq!(expression("1.5"), "Float(1.5)");
    assert_eq!(expression("'s'"), "Str(s)");
    assert_eq!(expression("..."), "Vararg { before: 1 }");
    assert_eq!(expression("a"), "Name(a)");
    assert_eq!(expression("(a)"), "Name(a) Paren");
}

#[test]
fn suffixes() {
    assert_eq!(expression("a.b.c"), "Name(a) Field(b) Field(c)");
    assert_eq!(expression("a[1].b"), "Name(a) IndexOpen Integer(1) Index Field(b)");
    assert_eq!(expression("f()"), "Name(f) CallOpen Call { args: 0 }");
    assert_eq!(expression("f'x'"), "Name(f) CallOpen Str(x) Call { args: 1 }");
    assert_eq!(expression("f{}"), "Name(f) CallOpen TableOpen TableClose Call { args: 1 }");
    assert_eq!(
        expression("o.p:m(1, g(), ...)"),
        "Name(o) Field(p) Method(m) CallOpen Integer(1) Comma Name(g) CallOpen Call { args: 0 } \
         Comma Vararg { before: 1 } Call { args: 3 }"
    );
    assert_eq!(
        expression("f()()[f{}]"),
        "Name(f) CallOpen Call { args: 0 } CallOpen Call { args: 0 } IndexOpen Name(f) CallOpen \
         TableOpen TableClose Call { args: 1 } Index"
    );
    assert_eq!(expression("('x'):f()"), "Str(x) Paren Method(f) CallOpen Call { args: 0 }");
}

#[test]
fn operators_bind_by_priority() {
    assert_eq!(
        expression("a + b * c"),
        "Name(a) Infix(Add) Name(b) Infix(Mul) Name(c) Binary(Mul) Binary(Add)"
    );
    assert_eq!(
        expression("a - b - c"),
        "Name(a) Infix(Sub) Name(b) Binary(Sub) Infix(Sub) Name(c) Binary(Sub)"
    );
    assert_eq!(
        expression("a .. b .. c"),
        "Name(a) Infix(Concat) Name(b) Infix(Concat) Name(c) Binary(Concat) Binary(Concat)"
    );
    assert_eq!(
        expression("-a ^ -b"),
        "Name(a) Infix(Pow) Name(b) Unary(Minus) Binary(Pow) Unary(Minus)"
    );
    assert_eq!(expression("not a == b"), "Name(a) Unary(Not) Infix(Eq) Name(b) Binary(Eq)");
    assert_eq!(
        expression("a or b and c"),
        "Name(a) Infix(Or) Name(b) Infix(And) Name(c) Binary(And) Binary(Or)"
    );
    assert_eq!(
        expression("a < b | c ~ d & e << f .. g + h // ~i ^ #j"),
        "Name(a) Infix(Lt) Name(b) Infix(BOr) Name(c) Infix(BXor) Name(d) Infix(BAnd) Name(e) \
         Infix(Shl) Name(f) Infix(Concat) Name(g) Infix(Add) Name(h) Infix(IDiv) Name(i) \
         Infix(Pow) Name(j) Unary(Len) Binary(Pow) Unary(BNot) Binary(IDiv) Binary(Add) \
         Binary(Concat) Binary(Shl) Binary(BAnd) Binary(BXor) Binary(BOr) Binary(Lt)"
    );
    let rest = [
        ("%", "Mod"),
        ("/", "Div"),
        (">>", "Shr"),
        ("<=", "Le"),
        ("~=", "Ne"),
        (">", "Gt"),
        (">=", "Ge"),
    ];
    for (operator, name) in rest {
        assert_eq!(
            expression(&format!("a {operator} b")),
            format!("Name(a) Infix({name}) Name(b) Binary({name})")
        );
    }
}

#[test]
fn tables() {
    assert_eq!(expression("{}"), "TableOpen TableClose");
    assert_eq!(
        expression("{1; f(), x = 2, [3] = 4, y,}"),
        "TableOpen Integer(1) ItemPositional Name(f) CallOpen Call { args: 0 } ItemPositional \
         ItemNamed(x) Integer(2) ItemNamedEnd ItemKeyOpen Integer(3) ItemKey Integer(4) ItemKeyEnd \
         Name(y) ItemPositional TableClose"
    );
    assert_eq!(
        expression("{{a = {}}}"),
        "TableOpen TableOpen ItemNamed(a) TableOpen TableClose ItemNamedEnd TableClose \
         ItemPositional TableClose"
    );
}

#[test]
fn functions() {
    assert_eq!(
        expression("function (a, ...) return a end"),
        "FunctionOpen { params: 1, vararg: true } Param(a) Return Name(a) ReturnEnd { exprs: 1 } \
         FunctionClose"
    );
    assert_eq!(
        tape("function a.b:c(d) end"),
        "Name(a) Field(b) Field(c) FunctionStat FunctionOpen { params: 2, vararg: false } \
         Param(self) Param(d) FunctionClose FunctionStatEnd"
    );
    assert_eq!(
        tape("local function f() end"),
        "LocalFunction(f) FunctionOpen { params: 0, vararg: false } FunctionClose LocalFunctionEnd"
    );
}

#[test]
fn local_statements() {
    assert_eq!(
        tape("local a"),
        "LocalOpen { names: 1 } LocalName(a, Regular) LocalEnd { names: 1, exprs: 0 }"
    );
    assert_eq!(
        tape("local a <const>, b <close> = 1, f()"),
        "LocalOpen { names: 2 } LocalName(a, Const) LocalName(b, Close) Integer(1) Comma Name(f) \
         CallOpen Call { args: 0 } LocalEnd { names: 2, exprs: 2 }"
    );
}

#[test]
fn assignments_and_calls() {
    assert_eq!(
        tape("a = 1"),
        "Name(a) Target AssignEq { targets: 1 } Integer(1) AssignEnd { targets: 1, exprs: 1 }"
    );
    assert_eq!(
        tape("a, b.c, d[1] = 1, 2"),
        "Name(a) Target Name(b) Field(c) Target Name(d) IndexOpen Integer(1) Index Target \
         AssignEq { targets: 3 } Integer(1) Comma Integer(2) AssignEnd { targets: 3, exprs: 2 }"
    );
    assert_eq!(tape("f();;"), "Name(f) CallOpen Call { args: 0 } ExprStat");
    assert_eq!(
        tape("(a).b = 1"),
        "Name(a) Paren Field(b) Target AssignEq { targets: 1 } Integer(1) AssignEnd { targets: 1, exprs: 1 }"
    );
}

#[test]
fn control_statements() {
    assert_eq!(tape("do break end"), "DoOpen Break DoClose");
    assert_eq!(
        tape("while a do b() end"),
        "While Name(a) WhileDo Name(b) CallOpen Call { args: 0 } ExprStat WhileEnd LoopClose"
    );
    assert_eq!(
        tape("repeat local a until a"),
        "Repeat LocalOpen { names: 1 } LocalName(a, Regular) LocalEnd { names: 1, exprs: 0 } Until Name(a) RepeatEnd"
    );
    assert_eq!(
        tape("if a then elseif b then goto l else return end"),
        "If Name(a) Then ElseIf Name(b) Then Goto(l) Else Return ReturnEnd { exprs: 0 } IfEnd"
    );
    assert_eq!(
        tape("for i = 1, 2 do end"),
        "ForNum(i) Integer(1) Comma Integer(2) ForNumDo { exprs: 2 } ForNumEnd { before: 1 } LoopClose"
    );
    assert_eq!(
        tape("for i = 1, 2, 3 do end"),
        "ForNum(i) Integer(1) Comma Integer(2) Comma Integer(3) ForNumDo { exprs: 3 } ForNumEnd { before: 1 } LoopClose"
    );
    assert_eq!(
        tape("for k, v in a, b do end"),
        "ForIn { names: 2 } ForName(k) ForName(v) Name(a) Comma Name(b) \
         ForInDo { names: 2, exprs: 2 } ForInEnd { before: 1 } LoopClose"
    );
    assert_eq!(tape("return;"), "Return ReturnEnd { exprs: 0 }");
}

#[test]
fn labels_know_whether_they_are_last() {
    assert_eq!(tape("::a:: f()"), "Label(a, false) Name(f) CallOpen Call { args: 0 } ExprStat");
    // As in PUC, a label counts once the no-ops behind it are read.
    assert_eq!(tape("::a:: ; ::b:: ;"), "Label(b, true) Label(a, true)");
    assert_eq!(tape("do ::a:: end"), "DoOpen Label(a, true) DoClose");
    assert_eq!(tape("repeat ::a:: until b"), "Repeat Label(a, false) Until Name(b) RepeatEnd");
}

#[test]
fn calls_are_on_the_line_of_their_arguments() {
    assert_eq!(
        lines("a\n.b\n(\n1\n)"),
        "Name:1 Field:2 CallOpen:3 Integer:4 Call:5 ExprStat:5 Eof:5"
    );
    assert_eq!(lines("a:b\n()\n\n"), "Name:1 Method:1 CallOpen:2 Call:2 ExprStat:2 Eof:2");
}

#[test]
fn operators_are_on_their_own_line() {
    assert_eq!(
        lines("x = a\n+\nb\n* -\nc"),
        "Name:1 Target:1 AssignEq:1 Name:1 Infix:2 Name:3 Infix:4 Name:5 Unary:4 Binary:4 \
         Binary:2 AssignEnd:5 Eof:5"
    );
    assert_eq!(
        lines("x = not\n..."),
        "Name:1 Target:1 AssignEq:1 Vararg:2 Unary:1 AssignEnd:2 Eof:2"
    );
}

#[test]
fn functions_and_loops_are_on_their_first_line() {
    assert_eq!(
        lines("function\nf(a\n)\nend\n"),
        "Name:2 FunctionStat:2 FunctionOpen:1 Param:2 FunctionClose:4 FunctionStatEnd:1 Eof:4"
    );
    assert_eq!(
        lines("x = function\n()\nend"),
        "Name:1 Target:1 AssignEq:1 FunctionOpen:2 FunctionClose:3 AssignEnd:3 Eof:3"
    );
    assert_eq!(
        lines("for i =\n1,\n2\ndo\nend"),
        "ForNum:1 Integer:2 Comma:2 Integer:3 ForNumDo:4 ForNumEnd:1 LoopClose:5 Eof:5"
    );
    assert_eq!(
        lines("for k in\na\ndo\nend"),
        "ForIn:1 ForName:1 Name:2 ForInDo:3 ForInEnd:2 LoopClose:4 Eof:4"
    );
}

#[test]
fn nodes_point_at_the_look_ahead() {
    let chunk = parsed(b"x = y + 1").expect("parses");
    let at: Vec<u32> = chunk.nodes.iter().map(|node| node.at).collect();
    // Name x, Target, AssignEq, Name y, Infix, Integer, Binary, AssignEnd, Eof
    assert_eq!(at, [2, 2, 4, 6, 8, 9, 9, 9, 9]);
}

#[test]
fn file_prefixes_are_skipped_when_asked() {
    let options = ParseOptions { skip_file_prefix: true };
    for source in
        [&b"#!/x\nreturn"[..], b"\xef\xbb\xbf#!/x\nreturn", b"\xef\xbb\xbf\nreturn", b"#\r\nreturn"]
    {
        let chunk = parse_with(source, b"=c", options, &mut NoMeter).expect("parses");
        assert_eq!((chunk.nodes[0].kind, chunk.nodes[0].line), (Kind::Return, 2));
        assert!(parsed(source).is_err());
    }
    let chunk = parse_with(b"#only", b"=c", options, &mut NoMeter).expect("parses");
    assert_eq!(chunk.nodes.len(), 1);
}

/// Runs a test where native recursion would show.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(test);
    thread.expect("starts").join().expect("test passes");
}

#[test]
fn deep_nesting_is_refused() {
    on_a_small_stack(|| {
        let pieces = [
            ("x = ", "("),
            ("x = ", "{"),
            ("x = ", "not "),
            ("x = ", "- "),
            ("x = ", "1 .. "),
            ("x = ", "2 ^ "),
            ("x = ", "function() return "),
            ("", "do "),
            ("", "while 1 do "),
            ("", "if 1 then "),
            ("", "repeat "),
            ("", "for i in a do "),
            ("", "f("),
            ("", "(f)("),
            ("x = ", "a["),
            ("x = ", "{["),
            ("x = ", "{a="),
            ("", "local function f() "),
            ("", "a, "),
            ("", "::a:: "),
            ("", "f{"),
            ("x = ", "f{"),
            ("", "if 1 then else do "),
        ];
        for (start, piece) in pieces {
            let source = [start, &piece.repeat(100_000)].concat();
            let error = parsed(source.as_bytes()).expect_err(piece);
            assert_eq!(error.message(), b"C stack overflow", "{piece}");
        }
    });
}

#[test]
fn the_nesting_limit_is_exact() {
    let parens = |n: usize| format!("x = {}1{}", "(".repeat(n), ")".repeat(n));
    assert!(parsed(parens(195).as_bytes()).is_ok());
    assert!(parsed(parens(196).as_bytes()).is_err());
    let blocks = |n: usize| format!("{}{}", "do ".repeat(n), "end ".repeat(n));
    assert!(parsed(blocks(197).as_bytes()).is_ok());
    assert!(parsed(blocks(198).as_bytes()).is_err());
    // The level is given back.
    assert!(parsed(blocks(197).repeat(3).as_bytes()).is_ok());
    assert!(parsed("a, b, c = 1, 2, 3 ".repeat(1000).as_bytes()).is_ok());
    assert!(parsed(b"goto a ".repeat(1000).as_slice()).is_ok());
}

#[test]
fn long_chains_parse_in_linear_time() {
    on_a_small_stack(|| {
        let n = 100_000;
        let sources = [
            format!("x = 1{}", " + 1".repeat(n)),
            format!("x = a{}", ".a".repeat(n)),
            format!("f{}", "()".repeat(n)),
            format!("f{}", "{}".repeat(n)),
            format!("f{}", ":a''".repeat(n)),
            format!("x = a{}", "[1]".repeat(n)),
            format!("x = {{{}}}", "1,".repeat(n)),
            format!("x = {{{}}}", "a=1,".repeat(n)),
            format!("f({}1)", "1,".repeat(n)),
            format!("local a{}", ",a".repeat(n)),
            format!("x = 1{}", " or a and 1".repeat(n)),
            format!("if a then {} end", "elseif a then ".repeat(n)),
            "a = 1 ".repeat(n),
            ";".repeat(n),
            "f() ".repeat(n),
            "goto a ".repeat(n),
            "do end ".repeat(n),
            "x = function() end ".repeat(n),
            (0..n).map(|i| format!("local v{i} ")).collect(),
            (0..n).map(|i| format!("x = '{}{i}' ", "p".repeat(40))).collect(),
        ];
        for source in sources {
            let start = source.get(..30).unwrap_or(&source).to_owned();
            assert!(parsed(source.as_bytes()).is_ok(), "{start}");
        }
    });
}

#[test]
fn any_bytes_give_a_result() {
    // Pieces of Lua in random order: no panic, and errors that have a place.
    let pieces: [&[u8]; 40] = [
        b"a",
        b"=",
        b"1",
        b"(",
        b")",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b";",
        b" ",
        b"\n",
        b"function ",
        b"end ",
        b"if ",
        b"then ",
        b"else ",
        b"local ",
        b"return ",
        b"'s'",
        b"..",
        b"...",
        b"\0",
        b"\xff",
        b"--",
        b"[[",
        b"]]",
        b"::",
        b"goto ",
        b"for ",
        b"in ",
        b"do ",
        b"<const>",
        b"\\",
        b"\"",
        b"0x",
        b".",
        b":",
        b"repeat ",
    ];
    let mut state = 7u64;
    for _ in 0..20_000 {
        let mut source = Vec::new();
        for _ in 0..12 {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            source.extend_from_slice(pieces[(state >> 33) as usize % pieces.len()]);
        }
        if let Err(error) = parsed(&source) {
            assert!(error.message().starts_with(b"c:"), "{error}");
        }
    }
}
