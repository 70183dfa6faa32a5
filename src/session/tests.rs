//! Tests of sessions.

mod at_once;
mod atomic;
mod generated;
mod hostile_windows;
mod images;
mod left;
mod pieces;
mod refused_callbacks;
mod refused_once;
mod resting;
mod slices;
mod suspended;
mod waits;

#[test]
fn two_sessions_have_two_hash_keys() {
    let keys: std::collections::BTreeSet<u64> =
        (0..50).map(|_| crate::Session::builder().build().unwrap().config.hash_key).collect();
    assert_eq!(keys.len(), 50);
}
