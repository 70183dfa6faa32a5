//! Where two canonical forms differ.

/// Most differing objects that are shown.
const SHOWN: usize = 4;

/// Describes the first differences of two canonical forms; nothing if they are the same.
pub(in crate::session::tests) fn between(before: &str, after: &str) -> Option<String> {
    if before == after {
        return None;
    }
    let (before, after) = (parts(before), parts(after));
    let mut shown = Vec::new();
    for at in 0..before.len().max(after.len()) {
        let old = before.get(at).map_or(&[][..], |part| &part[..]);
        let new = after.get(at).map_or(&[][..], |part| &part[..]);
        if old == new {
            continue;
        }
        let differs = (0..old.len().max(new.len())).find(|at| old.get(*at) != new.get(*at));
        let differs = differs.unwrap_or(0);
        let head = old.first().or(new.first()).copied().unwrap_or_default();
        let line = |part: &[&str]| {
            let line: String = part.get(differs).unwrap_or(&"nothing").chars().take(400).collect();
            line
        };
        shown.push(format!(
            "in {}\n  before: {}\n  after:  {}",
            head.chars().take(200).collect::<String>(),
            line(old).trim(),
            line(new).trim()
        ));
        if shown.len() == SHOWN {
            break;
        }
    }
    Some(shown.join("\n"))
}

/// Cuts a form into the lines of each object.
fn parts(form: &str) -> Vec<Vec<&str>> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in form.lines() {
        match parts.last_mut() {
            Some(part) if line.starts_with(' ') => part.push(line),
            _ => parts.push(vec![line]),
        }
    }
    parts
}

#[test]
fn a_difference_is_shown_with_its_place() {
    assert_eq!(between("a\n#1 at x: t\n  1 = 2\n", "a\n#1 at x: t\n  1 = 2\n"), None);
    let shown = between("a\n#1 at x: t\n  1 = 2\n", "a\n#1 at x: t\n  1 = 3\n").unwrap();
    assert_eq!(shown, "in #1 at x: t\n  before: 1 = 2\n  after:  1 = 3");
}

/// Returns the lines that only one of the forms has.
pub(super) fn changed_lines(before: &str, after: &str) -> String {
    let lines = |of: &str, other: &str| {
        let other: std::collections::BTreeSet<&str> = other.lines().collect();
        of.lines().filter(|line| !other.contains(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    [lines(after, before), lines(before, after)].concat().join("\n")
}
