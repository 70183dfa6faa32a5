//! Tests of `mcp::suspended`.

use super::*;

#[test]
fn what_is_written_is_read() {
    let printed = Printed { kept: b"so \xff far".to_vec(), bytes: 1000, room: 8 };
    let said = BTreeMap::from([
        (1, Decision::Accepted(json!({"approve": true}))),
        (2, Decision::Declined),
    ]);
    let one = Suspended {
        name: "n".to_owned(),
        fuel: 5000,
        left: Some(Duration::from_millis(7)),
        session: Some(("s".to_owned(), 3)),
        said,
        printed,
        run: vec![0, 1, 2, 255],
    };
    let bytes = one.write();
    assert_eq!(Suspended::read(&bytes), Some(one.clone()));
    let bare = Suspended { left: None, session: None, said: BTreeMap::new(), ..one };
    assert_eq!(Suspended::read(&bare.write()), Some(bare.clone()));
    for end in 0..bytes.len() - 4 {
        assert_eq!(Suspended::read(&bytes[..end]), None, "{end}");
    }
}
