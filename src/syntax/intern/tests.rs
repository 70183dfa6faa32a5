//! Ids stay right when strings collide.

use super::{Interner, MAX_PROBES, hash};
use crate::syntax::ast::StrId;

#[test]
fn colliding_strings_keep_their_ids() {
    let colliding: Vec<String> =
        (0..400_000).map(|i| format!("s{i}")).filter(|s| hash(s.as_bytes()) & 0xfff == 0).collect();
    assert!(colliding.len() > 3 * MAX_PROBES);
    let mut table = Interner::default();
    for (id, s) in colliding.iter().enumerate() {
        assert_eq!(table.find(s.as_bytes()), None);
        assert_eq!(table.add(s.as_bytes()), StrId(id as u32));
    }
    assert!(!table.overflow.is_empty());
    for (id, s) in colliding.iter().enumerate() {
        assert_eq!(table.find(s.as_bytes()), Some(StrId(id as u32)));
        assert_eq!(table.get(StrId(id as u32)), s.as_bytes());
    }
    assert_eq!(table.into_strings().len(), colliding.len());
}
