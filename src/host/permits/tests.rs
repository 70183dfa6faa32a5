//! Permits are taken and given back.

use super::Permits;

#[test]
fn no_more_are_taken_than_there_are() {
    let permits = Permits::default();
    let both = [permits.take(2), permits.clone().take(2)];
    assert!(both.iter().all(Option::is_some));
    assert!(permits.take(2).is_none() && permits.take(2).is_none());
    drop(both);
    assert!(permits.take(1).is_some());
}
