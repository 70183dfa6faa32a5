//! Tokens, lines and metering.

use super::Lexer;
use crate::syntax::error::SyntaxError;
use crate::syntax::meter::{Meter, NoMeter, Stopped};
use crate::syntax::token::Tok;

fn tokens(source: &[u8]) -> Result<Vec<Tok>, SyntaxError> {
    let mut meter = NoMeter;
    let mut lexer = Lexer::new(source, b"=t", &mut meter);
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
    let mut lexer = Lexer::new(source, b"=t", &mut meter);
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
    let mut lexer = Lexer::new(b"a\r\nb\n\rc\n\nd\r\re [[\n\n]] f", b"=t", &mut meter);
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

/// Counts, and stops at a limit.
struct Counter {
    source: u64,
    memory: u64,
    largest_step: u64,
    limit: u64,
}

impl Meter for Counter {
    fn charge(&mut self, source_bytes: u64, tape_bytes: u64) -> Result<(), Stopped> {
        self.source += source_bytes;
        self.memory += tape_bytes;
        self.largest_step = self.largest_step.max(source_bytes);
        if self.source > self.limit { Err(Stopped) } else { Ok(()) }
    }
}

#[test]
fn every_byte_is_paid_for_in_small_steps() {
    let bodies = [
        "x = 1 ".repeat(20_000),
        " ".repeat(100_000),
        "\n".repeat(100_000),
        format!("--{}", "-".repeat(100_000)),
        format!("--[[{}]]", "-\n".repeat(50_000)),
        format!("x = '{}'", "a".repeat(100_000)),
        format!("x = [=[{}]=]", "]".repeat(100_000)),
        format!("x = '\\z{}'", "\n".repeat(100_000)),
        format!("x = '{}'", "\\65".repeat(30_000)),
        format!("x = {}", "a".repeat(100_000)),
    ];
    for source in bodies {
        let mut meter = Counter { source: 0, memory: 0, largest_step: 0, limit: u64::MAX };
        crate::syntax::parse(source.as_bytes(), b"=t", &mut meter).expect("parses");
        assert!(meter.source >= source.len() as u64, "{:.20} {}", source, meter.source);
        assert!(meter.source <= 3 * source.len() as u64, "{:.20} {}", source, meter.source);
        assert!(meter.largest_step <= 1024, "{:.20} {}", source, meter.largest_step);
        let mut meter = Counter { source: 0, memory: 0, largest_step: 0, limit: 5000 };
        let stopped = crate::syntax::parse(source.as_bytes(), b"=t", &mut meter);
        assert!(matches!(stopped, Err(SyntaxError::Stopped)), "{source:.20}");
        assert!(meter.source < 7000);
    }
}

#[test]
fn strings_are_paid_for_before_they_are_taken() {
    let source = format!("x = '{}'", "a".repeat(100_000));
    let mut meter = Counter { source: 0, memory: 0, largest_step: 0, limit: u64::MAX };
    crate::syntax::parse(source.as_bytes(), b"=t", &mut meter).expect("parses");
    assert!(meter.memory >= 100_000);
}
