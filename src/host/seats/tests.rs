//! Seats are taken and given back.

use super::Seats;

#[test]
fn no_more_are_taken_than_there_are() {
    let seats = Seats::default();
    let both = [seats.take(2), seats.clone().take(2)];
    assert!(both.iter().all(Option::is_some));
    assert!(seats.take(2).is_none() && seats.take(2).is_none());
    drop(both);
    assert!(seats.take(1).is_some());
}
