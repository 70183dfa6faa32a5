//! What a call that waits is kept as.

use super::*;

fn paused() -> Paused {
    Paused {
        name: "n".to_owned(),
        id: "mcp-7".to_owned(),
        left: Some(Duration::from_millis(1500)),
        asked: 2,
        said: vec![
            Decision::Accepted(json!({"option_1": true})),
            Decision::Declined,
            Decision::Cancelled,
        ],
        extensions: "digest".to_owned(),
        rules: "more \"rules\"".to_owned(),
        journal: Ok(vec![0, 1, 2, 255]),
    }
}

#[test]
fn what_is_written_is_read() {
    let whole = paused();
    assert_eq!(Paused::read(&whole.write()), Some(whole.clone()));
    let stays = Paused { journal: Err("it is under way".to_owned()), left: None, ..whole };
    assert_eq!(Paused::read(&stays.write()), Some(stays));
    let new = Paused::new("mcp-1".to_owned(), None);
    assert_eq!(Paused::read(&new.write()), Some(new));
}

#[test]
fn every_end_that_is_missing_is_noticed_here_or_in_the_journal() {
    let whole = paused();
    let bytes = whole.write();
    for end in 0..bytes.len() {
        match Paused::read(&bytes[..end]) {
            None => assert!(end < bytes.len() - 4, "{end}"),
            // The journal is read by whoever takes the call up.
            Some(read) => {
                let journal = whole.journal.as_ref().unwrap();
                let left = journal[..journal.len() - (bytes.len() - end)].to_vec();
                assert_eq!(read, Paused { journal: Ok(left), ..whole.clone() });
            }
        }
    }
}

#[test]
fn every_changed_bit_is_refused_or_in_one_part_alone() {
    let whole = paused();
    let bytes = whole.write();
    let mut refused = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let Some(read) = Paused::read(&changed) else {
                refused += 1;
                continue;
            };
            let parts = [
                read.name != whole.name,
                read.id != whole.id,
                read.left != whole.left,
                read.asked != whole.asked,
                read.said != whole.said,
                read.extensions != whole.extensions,
                read.rules != whole.rules,
                read.journal != whole.journal,
            ];
            let changed = parts.iter().filter(|part| **part).count();
            assert!(changed <= 1, "byte {at}, bit {bit}: {read:?}");
        }
    }
    assert!(refused > bytes.len(), "{refused}");
}

#[test]
fn what_another_version_has_written_is_refused() {
    let text = String::from_utf8_lossy(&paused().write()[4..]).into_owned();
    assert!(text.contains(&format!("\"v\":\"{}\"", version())));
    let bytes = paused().write();
    let at = bytes.windows(5).position(|part| part == b"\"v\":\"").unwrap() + 5;
    let mut other = bytes.clone();
    other[at] += 1;
    assert_eq!(Paused::read(&other), None);
    assert!(Paused::read(&bytes).is_some());
}
