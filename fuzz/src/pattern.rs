//! Patterns, against a matcher that is a few recursive functions.

mod naive;

use super::input::Input;
use super::sessions::{Kept, with_caller};
use moonfuel::HostValue;
use naive::{Capture, Fault, Matcher};
use std::cell::RefCell;

const SOURCE: &str = "
function all(s, p, init)
  local found = {}
  for a, b in s:gmatch(p, init) do
    if #found == 30 then break end
    found[#found + 1] = a
    found[#found + 1] = b or false
  end
  return table.unpack(found)
end";

/// Steps of the naive matcher after which an input is let go.
const PATIENCE: u32 = 60_000;

/// Takes the first line for a pattern, the second for a replacement, the third for a place to
/// begin at (its first byte) and the rest for a subject.
pub fn pattern(input: &[u8]) {
    let mut input = Input(input);
    let (pattern, replacement) = (input.line(), input.line());
    let init = i64::from(input.line().first().map_or(0, |byte| byte.wrapping_sub(b'0') as i8));
    let subject = input.take(400);
    thread_local! { static CALLER: Kept = const { RefCell::new(None) }; }
    with_caller(&CALLER, SOURCE, |caller| {
        let mut compare = |path: &str, args: &[HostValue], expected: Naive| {
            let Some(met) = caller.call(path, args.to_vec()) else { return };
            let expected = match expected {
                Err(Fault::TooLong) => return,
                Err(Fault::Error(text)) => Err(text),
                Ok(values) => Ok(values),
            };
            // Where recursion ends is counted a little differently: long patterns only.
            let complex = |text: &String| text.ends_with("pattern too complex");
            if pattern.len() > 150 && (met.as_ref().is_err_and(complex) || expected.is_err()) {
                return;
            }
            let met = met.map_err(|text| match text.rsplit_once("]:4: ") {
                Some((_, text)) => text.to_owned(),
                None => text,
            });
            assert_eq!(met, expected, "{path} {:?}", show(args));
        };
        let (s, p) = (HostValue::String(subject.to_vec()), HostValue::String(pattern.to_vec()));
        let init_value = HostValue::Integer(init);
        let args = [s.clone(), p.clone(), init_value.clone()];
        let begin = start(init, subject.len());
        compare("string.find", &args, find(subject, pattern, begin, true));
        compare("string.match", &args, find(subject, pattern, begin, false));
        compare("all", &args, gmatch(subject, pattern, begin));
        let most = init.unsigned_abs() as usize + 1;
        let args = [s, p, HostValue::String(replacement.to_vec()), HostValue::from(most as i64)];
        compare("string.gsub", &args, gsub(subject, pattern, replacement, most));
    });
}

type Naive = Result<Vec<HostValue>, Fault>;

fn show(args: &[HostValue]) -> Vec<String> {
    args.iter()
        .map(|arg| arg.as_bytes().map_or(format!("{arg:?}"), |b| b.escape_ascii().to_string()))
        .collect()
}

/// Where a search begins, from 0; nothing if that is behind the subject.
fn start(init: i64, len: usize) -> Option<usize> {
    let at = match init {
        0 => 0,
        1.. => init.unsigned_abs() as usize - 1,
        _ => len.saturating_sub(init.unsigned_abs() as usize),
    };
    (at <= len).then_some(at)
}

fn value(capture: Capture<'_>) -> HostValue {
    match capture {
        Capture::Text(text) => HostValue::String(text.to_vec()),
        Capture::Place(place) => HostValue::from(place as i64 + 1),
    }
}

/// A pattern's anchor and what follows it.
fn anchored(pattern: &[u8]) -> (bool, &[u8]) {
    pattern.strip_prefix(b"^").map_or((false, pattern), |rest| (true, rest))
}

fn find(subject: &[u8], pattern: &[u8], begin: Option<usize>, places: bool) -> Naive {
    let Some(mut at) = begin else { return Ok(vec![HostValue::Nil]) };
    let (anchor, rest) = anchored(pattern);
    // `find` looks for a pattern without special characters as it is.
    if places && !pattern.iter().any(|byte| b"^$*+?.([%-".contains(byte)) {
        let len = pattern.len();
        let found = (at..=subject.len()).find(|at| subject[*at..].starts_with(pattern));
        let places = found.map(|at| [at as i64 + 1, (at + len) as i64].map(HostValue::from));
        return Ok(places.map_or(vec![HostValue::Nil], |places| places.to_vec()));
    }
    let mut matcher = Matcher::new(subject, rest, PATIENCE);
    loop {
        if let Some(end) = matcher.matches(at)? {
            let mut values = Vec::new();
            if places {
                values.extend([at as i64 + 1, end as i64].map(HostValue::from));
            }
            // Without captures `find` adds nothing, and `match` gives the whole.
            let captures = matcher.captures(at, end, !places)?;
            values.extend(captures.into_iter().map(value));
            return Ok(values);
        }
        at += 1;
        if anchor || at > subject.len() {
            return Ok(vec![HostValue::Nil]);
        }
    }
}

fn gmatch(subject: &[u8], pattern: &[u8], begin: Option<usize>) -> Naive {
    let mut values = Vec::new();
    let Some(mut at) = begin else { return Ok(values) };
    // An anchor is a character like any other here.
    let mut matcher = Matcher::new(subject, pattern, PATIENCE);
    let mut last = None;
    while at <= subject.len() && values.len() < 30 {
        match matcher.matches(at)? {
            Some(end) if Some(end) != last => {
                let captures = matcher.captures(at, end, true)?;
                let mut captures = captures.into_iter().map(value);
                values.push(captures.next().unwrap_or_default());
                values.push(captures.next().unwrap_or(HostValue::Boolean(false)));
                (at, last) = (end, Some(end));
            }
            _ => at += 1,
        }
    }
    Ok(values)
}

fn gsub(subject: &[u8], pattern: &[u8], replacement: &[u8], most: usize) -> Naive {
    let (anchor, rest) = anchored(pattern);
    let mut matcher = Matcher::new(subject, rest, PATIENCE);
    let (mut at, mut last, mut count) = (0, None, 0);
    let mut made = Vec::new();
    while count < most {
        match matcher.matches(at)? {
            Some(end) if Some(end) != last => {
                count += 1;
                replace(&mut made, &matcher, (at, end), replacement)?;
                (at, last) = (end, Some(end));
            }
            _ if at < subject.len() => {
                made.push(subject[at]);
                at += 1;
            }
            _ => break,
        }
        if anchor {
            break;
        }
    }
    made.extend(&subject[at..]);
    Ok(vec![HostValue::String(made), HostValue::from(count as i64)])
}

fn replace(
    made: &mut Vec<u8>,
    matcher: &Matcher<'_>,
    (at, end): (usize, usize),
    replacement: &[u8],
) -> Result<(), Fault> {
    let mut rest = replacement.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'%' {
            made.push(*byte);
            continue;
        }
        match rest.next() {
            Some(b'%') => made.push(b'%'),
            Some(b'0') => made.extend(&matcher.subject[at..end]),
            Some(digit @ b'1'..=b'9') => {
                match matcher.capture(usize::from(digit - b'1'), at, end)? {
                    Capture::Text(text) => made.extend(text),
                    Capture::Place(place) => made.extend((place + 1).to_string().bytes()),
                }
            }
            _ => return Err(Fault::text("invalid use of '%' in replacement string")),
        }
    }
    Ok(())
}
