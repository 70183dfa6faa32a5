//! Numbers as text, both ways.

mod reference;

use super::input::Input;
use super::sessions::{Kept, with_caller};
use moonfuel::HostValue;
use reference::{based, general, read, same};
use std::cell::RefCell;

const SOURCE: &str = r#"
function read(text)
  local chunk = load("return " .. text, "=text", "t", {})
  if not chunk then return nil end
  return chunk()
end
-- Taking nothing away keeps the sign of a zero.
function add(text) return text - 0 end
function ways(n)
  local out = {tonumber(tostring(n)), tonumber(("%a"):format(n)), load("return " .. ("%q"):format(n))()}
  out[4] = math.type(n) == "float" and tonumber(("%.17g"):format(n)) or n
  return table.unpack(out)
end
function back(n) return load(("return %q"):format(n))() end"#;

/// Takes eight bytes each for an integer and a float, a byte for a base and the rest for the
/// text of a number: texts of numbers read as those numbers, and any text as the manual says.
pub fn number(input: &[u8]) {
    let mut input = Input(input);
    let (integer, float) = (input.word().cast_signed(), f64::from_bits(input.word()));
    let base = 2 + input.below(35) as i64;
    let text = input.take(600);
    thread_local! { static CALLER: Kept = const { RefCell::new(None) }; }
    with_caller(&CALLER, SOURCE, |caller| {
        let mut one = |path: &str, args: Vec<HostValue>| match caller.call(path, args) {
            Some(Ok(values)) => values.into_iter().next().unwrap_or_default(),
            Some(Err(text)) => HostValue::from(text),
            // No text here costs that much.
            None => panic!("{path} takes too long"),
        };
        for n in [HostValue::Integer(integer), HostValue::Number(float)] {
            let shown = one("tostring", vec![n.clone()]);
            let expected = match n {
                HostValue::Integer(n) => n.to_string(),
                // A NaN of the host's is the one that operations give.
                _ if float.is_nan() => "-nan".to_owned(),
                _ => with_point(general(float, 14)),
            };
            assert_eq!(shown, HostValue::from(expected.as_str()), "{n:?}");
            assert!(same(&one("back", vec![n.clone()]), &n), "{n:?} by %q");
        }
        let n = HostValue::Integer(integer);
        assert_eq!(one("tonumber", vec![integer.to_string().into()]), n);
        if float.is_finite() {
            let exact = HostValue::Number(float);
            let text = |format: &str| vec![HostValue::from(format), exact.clone()];
            for format in ["%.17g", "%a", "%.20e"] {
                let shown = one("string.format", text(format));
                let read = one("add", vec![shown.clone()]);
                let read = match read {
                    HostValue::Integer(n) => HostValue::Number(n as f64),
                    other => other,
                };
                // A zero that reads as an integer has lost its sign.
                assert!(same(&read, &exact) || float == 0.0, "{shown:?} for {float:?}: {read:?}");
            }
        }
        let given = HostValue::String(text.to_vec());
        let shown = || text.escape_ascii();
        let expected = read(text).unwrap_or_default();
        let met = one("tonumber", vec![given.clone()]);
        assert!(same(&met, &expected), "{}: {met:?}, not {expected:?}", shown());
        if !expected.is_nil() {
            assert!(same(&one("add", vec![given.clone()]), &expected), "{}", shown());
            // What the source of a chunk takes for a numeral is that number.
            if text.first().is_some_and(u8::is_ascii_digit) {
                assert!(same(&one("read", vec![given.clone()]), &expected), "{}", shown());
            }
        }
        let met = one("tonumber", vec![given, HostValue::Integer(base)]);
        assert!(same(&met, &based(text, base).unwrap_or_default()), "{} to {base}", shown());
    });
}

/// A float as `tostring` shows it: it is never taken for an integer.
fn with_point(text: String) -> String {
    let integer = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if integer { text + ".0" } else { text }
}
