//! `string.format`, against what C's `printf` is said to do.

mod reference;

use super::input::Input;
use super::sessions::{Kept, with_caller};
use moonfuel::HostValue;
use reference::{Spec, shown};
use std::cell::RefCell;

const SOURCE: &str = r#"
function quoted(value) return load("return " .. ("%q"):format(value))() == value end"#;

/// Conversions, and the flags each may have.
const CONVERSIONS: &[(u8, &str)] = &[
    (b'd', "-+0 "),
    (b'i', "-+0 "),
    (b'u', "-0"),
    (b'x', "-#0"),
    (b'X', "-#0"),
    (b'o', "-#0"),
    (b'c', "-"),
    (b's', "-"),
    (b'a', "-+#0 "),
    (b'A', "-+#0 "),
    (b'e', "-+#0 "),
    (b'E', "-+#0 "),
    (b'f', "-+#0 "),
    (b'g', "-+#0 "),
    (b'G', "-+#0 "),
    (b'q', ""),
];

/// Takes bytes for conversions, flags, widths, precisions and arguments: the text is what C
/// would make of them. A last string is quoted and read again.
pub fn format(input: &[u8]) {
    let mut input = Input(input);
    let mut format = Vec::new();
    let mut args = vec![HostValue::Nil];
    let mut expected = Some(Vec::new());
    for _ in 0..=input.below(4) {
        let literal = input.one_of(&["", "%%", "a b", "\0", "\n"]);
        format.extend(literal.bytes());
        let (conversion, allowed) = input.one_of(CONVERSIONS);
        let spec = spec(&mut input, conversion);
        let text = spec.text();
        format.extend(&text);
        let arg = argument(&mut input, conversion);
        let fits = spec.flags.iter().all(|flag| allowed.contains(char::from(*flag)))
            && (spec.precision.is_none() || !matches!(conversion, b'c' | b'q'))
            && (conversion != b'q' || spec.width.is_none());
        if let Some(made) = &mut expected {
            made.extend(literal.replace("%%", "%").bytes());
            match fits.then(|| shown(&spec, &arg)).flatten() {
                Some(text) => made.extend(text),
                None => expected = None,
            }
        }
        args.push(arg);
    }
    args[0] = HostValue::String(format);
    thread_local! { static CALLER: Kept = const { RefCell::new(None) }; }
    with_caller(&CALLER, SOURCE, |caller| {
        let met = caller.call("string.format", args.clone()).expect("it is short");
        match (&met, &expected) {
            (Ok(values), Some(text)) => {
                assert_eq!(values, &[HostValue::String(text.clone())], "{args:?}");
            }
            (Ok(values), None) => panic!("{args:?} is {values:?}"),
            (Err(text), None) => {
                let known = [
                    "invalid conversion specification: '%",
                    "cannot have modifiers",
                    "contains zeros",
                ];
                assert!(known.iter().any(|known| text.contains(known)), "{args:?}: {text}");
            }
            (Err(text), Some(_)) => panic!("{args:?}: {text}"),
        }
        let rest = HostValue::String(input.take(300).to_vec());
        let same = caller.call("quoted", vec![rest.clone()]);
        assert_eq!(same, Some(Ok(vec![true.into()])), "{rest:?} by %q");
        // Any bytes for a format: an error at worst.
        let report = caller.call("string.format", vec![rest, 1.into(), 2.5.into(), "three".into()]);
        assert!(report.is_some());
    });
}

fn spec(input: &mut Input<'_>, conversion: u8) -> Spec {
    let choices = input.byte();
    let mut flags = Vec::new();
    if choices & 1 == 1 {
        flags.extend(input.one_of(&[
            &b"-"[..],
            b"+",
            b"0",
            b" ",
            b"#",
            b"-0",
            b"+0",
            b"# ",
            b"-+",
        ]));
    }
    let width = (choices & 2 != 0).then(|| input.below(100)).filter(|width| *width > 0);
    let precision = (choices & 4 != 0).then(|| input.below(100));
    Spec { flags, width, precision, conversion }
}

fn argument(input: &mut Input<'_>, conversion: u8) -> HostValue {
    match conversion {
        b'd' | b'i' | b'u' | b'x' | b'X' | b'o' => HostValue::Integer(input.integer()),
        b'c' => HostValue::Integer(i64::from(input.byte())),
        b's' => {
            let length = input.below(120);
            HostValue::String(input.take(length).to_vec())
        }
        b'q' if input.below(2) == 0 => HostValue::Integer(input.integer()),
        _ => HostValue::Number(input.float()),
    }
}
