//! Tokens, lines and metering.

use super::{Lexer, LexerState};
use crate::syntax::ast::Chunk;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::{Meter, NoMeter, Stopped};
use crate::syntax::token::Tok;
use crate::syntax::{ParseOptions, ParserState};

fn tokens(source: &[u8]) -> Result<Vec<Tok>, SyntaxError> {
    let mut meter = NoMeter;
    let mut state = LexerState::new(source, false);
    let mut lexer = Lexer::new(source, b"=t", &mut meter, &mut state);
    let mut all = Vec::new();
    loop {
        lexer.advance()?;
        match lexer.token().tok {
            Tok::Eof => return Ok(all),
            tok => all.push(tok),
        }
    }
}

/// The contents of a source that is one string literal.
fn string(source: &[u8]) -> Vec<u8> {
    let mut meter = NoMeter;
    let mut state = LexerState::new(source, false);
    let mut lexer = Lexer::new(source, b"=t", &mut meter, &mut state);
    lexer.advance().expect("lexes");
    match lexer.token().tok {
        Tok::Str(id) => lexer.string(id).to_vec(),
        other => panic!("not a string: {other:?}"),
    }
}

#[test]
fn operators_are_read_greedily() {
    use Tok::*;
    let expected = [
        Eq,
        Byte(b'='),
        Le,
        Shl,
        Byte(b'<'),
        Ge,
        Shr,
        Byte(b'>'),
        IDiv,
        Byte(b'/'),
        Ne,
        Byte(b'~'),
        DoubleColon,
        Byte(b':'),
        Dots,
        Concat,
        Byte(b'.'),
        Byte(b'['),
        Byte(b'-'),
        Byte(b'#'),
    ];
    let source = b"== = <= << < >= >> > // / ~= ~ :: : ... .. . [ - #";
    assert_eq!(tokens(source).expect("lexes"), expected);
    assert_eq!(tokens(b"....").expect("lexes"), [Dots, Byte(b'.')]);
    assert_eq!(tokens(b"a...1").expect("lexes").len(), 3);
}

#[test]
fn numbers_take_what_belongs_to_them() {
    assert_eq!(tokens(b"3").expect("lexes"), [Tok::Integer(3)]);
    assert_eq!(
        tokens(b".5e+1-1").expect("lexes"),
        [Tok::Float(5.0), Tok::Byte(b'-'), Tok::Integer(1)]
    );
    assert_eq!(tokens(b"0x1p-1 0xA").expect("lexes"), [Tok::Float(0.5), Tok::Integer(10)]);
    for bad in ["3x", "0xep1q", "1..2", "1e", "0x", "08b", ".0x1", "3_"] {
        let error = tokens(bad.as_bytes()).expect_err(bad);
        let expected = format!("t:1: malformed number near '{bad}'");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn escapes_are_replaced() {
    assert_eq!(string(br#""\a\b\f\n\r\t\v\\\"\'""#), b"\x07\x08\x0c\n\r\t\x0b\\\"'");
    assert_eq!(
        string(
            br#"'\65\x41\0651\z
        b\
c'"#
        ),
        b"AAA1b\nc"
    );
    assert_eq!(string(b"'a\\\r\nb'"), b"a\nb");
    assert_eq!(
        string(br#"'\u{0}\u{7f}\u{80}\u{7FF}\u{FFFF}'"#),
        "\0\u{7f}\u{80}\u{7ff}\u{ffff}".as_bytes()
    );
    assert_eq!(string(br#"'\u{10FFFF}\u{7FFFFFFF}'"#), b"\xf4\x8f\xbf\xbf\xfd\xbf\xbf\xbf\xbf\xbf");
    assert_eq!(string(b"'\0\xff'"), b"\0\xff");
}

#[test]
fn long_brackets_normalise_line_breaks() {
    assert_eq!(string(b"[[\r\na\rb\n\rc]]"), b"a\nb\nc");
    assert_eq!(string(b"[==[]]=]]]==]"), b"]]=]]");
    assert_eq!(string(b"[=[]]=]"), b"]");
    assert_eq!(string(b"[[\n\nx]]"), b"\nx");
    assert_eq!(
        tokens(b"--[==[ a\n]] ]==] 1 --[ x\n2--").expect("lexes"),
        [Tok::Integer(1), Tok::Integer(2)]
    );
}

#[test]
fn line_breaks_count_as_in_puc() {
    let mut meter = NoMeter;
    let source = b"a\r\nb\n\rc\n\nd\r\re [[\n\n]] f";
    let mut state = LexerState::new(source, false);
    let mut lexer = Lexer::new(source, b"=t", &mut meter, &mut state);
    let mut lines = Vec::new();
    loop {
        lexer.advance().expect("lexes");
        if lexer.token().tok == Tok::Eof {
            break;
        }
        lines.push(lexer.line());
    }
    assert_eq!(lines, [1, 2, 3, 5, 7, 9, 9]);
}

#[test]
fn equal_strings_have_one_id() {
    let many: String = (0..20_000).map(|i| format!("n{i} n{i} 'n{i}' ")).collect();
    let tokens = tokens(many.as_bytes()).expect("lexes");
    for (index, group) in tokens.chunks(3).enumerate() {
        let [Tok::Name(a), Tok::Name(b), Tok::Str(c)] = group else { panic!("{group:?}") };
        assert_eq!((a.0 as usize, b, c), (index, a, a));
    }
}

/// Counts the memory in use.
#[derive(Default)]
struct Counter(u64);

impl Meter for Counter {
    fn reserve(&mut self, bytes: u64) -> Result<(), Stopped> {
        self.0 += bytes;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        self.0 -= bytes;
    }
}

/// Refuses every other request.
#[derive(Default)]
struct Moody(bool);

impl Meter for Moody {
    fn reserve(&mut self, _bytes: u64) -> Result<(), Stopped> {
        self.0 = !self.0;
        if self.0 { Err(Stopped::Memory) } else { Ok(()) }
    }

    fn release(&mut self, _bytes: u64) {}
}

/// Parses in pieces, and goes on whenever memory was refused; returns the tape or the
/// error, and the work of the longest piece.
fn in_pieces(
    source: &[u8],
    units: u64,
    meter: &mut dyn Meter,
) -> (Result<Chunk, SyntaxError>, u64, u64) {
    let options = ParseOptions { skip_file_prefix: true };
    let mut state = ParserState::new(source, options);
    let mut longest = 0;
    loop {
        let before = state.work();
        let over = state.go_on(source, b"=t", units, meter).is_ok();
        longest = longest.max(state.work() - before);
        if over {
            let result = match state.take_error() {
                None => Ok(state.take_chunk()),
                Some(error) => Err(error),
            };
            return (result, state.work(), longest);
        }
    }
}

/// Sources that are long in one place.
fn long_sources() -> Vec<String> {
    vec![
        "x = 1 ".repeat(20_000),
        " ".repeat(100_000),
        "\n".repeat(100_000),
        format!("#{}\nreturn 1", "!".repeat(100_000)),
        format!("--{}", "-".repeat(100_000)),
        format!("--[[{}]]", "-\n".repeat(50_000)),
        format!("x = '{}'", "a".repeat(100_000)),
        format!("x = [=[{}]=]", "]".repeat(100_000)),
        format!("x = [[\n{}]]", "a\r\n".repeat(30_000)),
        format!("x = '\\z{}'", "\n".repeat(100_000)),
        format!("x = '{}'", "\\65".repeat(30_000)),
        format!("x = '{}'", "\\u{7ffffff}\\x41\\\n".repeat(9_000)),
        format!("x = {}", "a".repeat(100_000)),
        format!("local {}a", "a<const>,".repeat(9_000)),
        format!("for {}a in b do end", "a,".repeat(9_000)),
        format!("function a{}:b({}...) end", ".b".repeat(9_000), "a,".repeat(9_000)),
        format!("a{}()", ".b:c'd'[e]{}(f)".repeat(9_000)),
        // Wrong ones.
        format!("x = '{}", "a".repeat(100_000)),
        format!("x = [[{}", "a\n".repeat(50_000)),
        format!("x = '{}\\q'", "\\65".repeat(30_000)),
        format!("x = {} {}", "y".repeat(100_000), "z".repeat(100_000)),
        format!("x = [{}", "=".repeat(100_000)),
        format!("x = 1{}", "f".repeat(100_000)),
    ]
}

#[test]
fn pieces_and_refusals_change_nothing() {
    for source in long_sources() {
        let source = source.as_bytes();
        let at_once = in_pieces(source, u64::MAX, &mut NoMeter);
        for units in [1, 7, 1000] {
            let shown = String::from_utf8_lossy(&source[..20]);
            let (pieces, work, longest) = in_pieces(source, units, &mut NoMeter);
            assert!(at_once.0 == pieces, "{shown}");
            assert_eq!(at_once.1, work, "{shown}");
            // What cannot be stopped is a run of signs or digits in one token.
            assert!(longest < units + 400 || source[4] == b'[' || source[4] == b'1', "{shown}");
            let (refused, work, _) = in_pieces(source, units, &mut Moody::default());
            assert!(at_once.0 == refused && at_once.1 == work, "{shown}");
        }
        assert!(at_once.0.is_err() || at_once.1 >= source.len() as u64);
    }
}

#[test]
fn messages_quote_little() {
    for source in long_sources() {
        if let (Err(error), ..) = in_pieces(source.as_bytes(), u64::MAX, &mut NoMeter) {
            assert!(error.message().len() < 600, "{error}");
        }
    }
}

#[test]
fn strings_are_paid_for_before_they_are_taken() {
    let source = format!("x = '{}'", "a".repeat(100_000));
    let mut meter = Counter::default();
    crate::syntax::parse(source.as_bytes(), b"=t", &mut meter).expect("parses");
    assert!(meter.0 >= 100_000);
}
