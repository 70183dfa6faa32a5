//! Damage of every kind to every line of a trace, which must be found where it is.

use moonfuel::{ReplayError, Trace};

/// Reads and replays a trace. Returns the entry that is wrong, and the error.
pub(crate) fn wrong_entry(text: &str) -> Option<(u64, ReplayError)> {
    let error = match Trace::parse(text) {
        Ok(trace) => trace.replay().err()?,
        Err(error) => ReplayError::Damaged(error),
    };
    let entry = match &error {
        ReplayError::Damaged(error) => error.line,
        ReplayError::Diverged(divergence) => divergence.entry,
        ReplayError::Incomplete { entry, .. } | ReplayError::Unfit { entry, .. } => *entry,
        _ => 0,
    };
    Some((entry, error))
}

/// Damages each line of a trace in each way, and looks that it is found there. Of the fields
/// of a line, each is changed if `each`, or one, and of the next line the next one.
pub(crate) fn every_damage_is_found(text: &str, each: bool) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut from, mut turn) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        let (before, behind) = (&text[..from], &text[from + line.len()..]);
        from += line.len();
        let entry = at as u64 + 1;
        let find = |what: &str, instead: &str, expected: u64| {
            let (found, error) = match wrong_entry(&[before, instead, behind].concat()) {
                Some(found) => found,
                None => panic!("{what} of entry {entry} is not found"),
            };
            assert_eq!(found, expected, "{what} of entry {entry}: {error}");
        };
        let changes = changes(line);
        turn += 1;
        let chosen =
            if each { 0..changes.len() } else { turn % changes.len()..turn % changes.len() + 1 };
        for change in &changes[chosen] {
            find(&format!("the change of `{}`", change.field), &change.line, entry);
        }
        // Without the last line, the one before is the last that is there.
        let next = lines.get(at + 1);
        find("the removal", "", if next.is_some() { entry } else { entry - 1 });
        find("the doubling", &[*line, *line].concat(), entry + 1);
        let half = &line[..line.len() / 2];
        find("the cut", &format!("{half}\n"), entry);
        if let Some(next) = next {
            let swapped = [before, *next, *line, &behind[next.len()..]].concat();
            let (found, error) = wrong_entry(&swapped).unwrap();
            assert_eq!(found, entry, "the swap of entry {entry}: {error}");
        }
        // Whoever was killed while he wrote the line has left no end of it.
        if at > 0 && (each || at % 50 == 0) {
            let (found, error) = wrong_entry(&[before, half].concat()).unwrap();
            assert_eq!(found, entry - 1, "{error}");
            assert!(error.to_string().contains(&format!("entry {entry} is cut")), "{error}");
        }
    }
}

/// A line with another value in one of its fields.
pub(crate) struct Change {
    pub(crate) field: String,
    pub(crate) line: String,
}

/// Returns the line with each of its fields changed in turn.
pub(crate) fn changes(line: &str) -> Vec<Change> {
    let fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(line.trim_end()).unwrap();
    let mut changes = Vec::new();
    for (name, value) in &fields {
        let before = format!("\"{name}\":{value}");
        let at = line.find(&before).unwrap_or_else(|| panic!("{before} in {line}"));
        let other = match value {
            serde_json::Value::String(text) => serde_json::Value::from(format!("{text}x")),
            serde_json::Value::Number(n) => serde_json::Value::from(n.as_i64().unwrap_or(0) + 1),
            serde_json::Value::Bool(b) => serde_json::Value::from(!b),
            _ => serde_json::Value::Null,
        };
        let rest = &line[at + before.len()..];
        let line = format!("{}\"{name}\":{other}{rest}", &line[..at]);
        changes.push(Change { field: name.clone(), line });
    }
    changes
}
