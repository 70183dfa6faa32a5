//! Makes a program smaller while the two implementations still disagree on it.

#![allow(unreachable_pub, reason = "a test may stop, and says what it skipped")]

use super::program::{Edit, Node, count, edit, node};

/// Returns a smaller program for which `differs` still holds. Tries at most
/// `budget` programs.
pub fn shrink(
    program: &[Node],
    budget: usize,
    differs: &mut dyn FnMut(&[Node]) -> bool,
) -> Vec<Node> {
    let mut best = program.to_vec();
    let mut tries = 0;
    loop {
        let before = (count(&best), tries);
        let mut at = count(&best);
        while at > 0 && tries < budget {
            at -= 1;
            if node(&best, at).is_some_and(is_kept) {
                continue;
            }
            for how in [Edit::Drop, Edit::Unwrap] {
                let smaller = edit(&best, at, &how);
                if smaller == best {
                    continue;
                }
                tries += 1;
                if differs(&smaller) {
                    best = smaller;
                    break;
                }
            }
            at = at.min(count(&best));
        }
        if count(&best) == before.0 || tries >= budget {
            break;
        }
    }
    simplify_lines(best, budget + 400, tries, differs)
}

/// Whether a line begins with a comment, which says that all else rests on it.
fn is_kept(node: &Node) -> bool {
    matches!(node, Node::Line(text) if text.starts_with("--"))
}

/// Replaces expressions in parentheses by something simpler.
fn simplify_lines(
    mut best: Vec<Node>,
    budget: usize,
    mut tries: usize,
    differs: &mut dyn FnMut(&[Node]) -> bool,
) -> Vec<Node> {
    for at in 0..count(&best) {
        if node(&best, at).is_some_and(is_kept) {
            continue;
        }
        let mut from = 0;
        while let Some(Node::Line(text)) = node(&best, at).cloned()
            && let Some((open, close)) = group(&text, from)
            && tries < budget
        {
            from = open + 1;
            for inner in ["1", &text[open + 1..close], "''"] {
                if inner.len() + 2 > close - open + 1 {
                    continue;
                }
                let simpler = format!("{}{inner}{}", &text[..open], &text[close + 1..]);
                let smaller = edit(&best, at, &Edit::Replace(simpler));
                tries += 1;
                if differs(&smaller) {
                    best = smaller;
                    from = open;
                    break;
                }
            }
        }
    }
    best
}

/// Returns where the first balanced group at or after `from` begins and ends.
fn group(text: &str, from: usize) -> Option<(usize, usize)> {
    let open = from + text.get(from..)?.find('(')?;
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((open, at));
        }
    }
    None
}
