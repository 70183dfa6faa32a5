//! What is used up stays used up, whatever the clock does meanwhile.

use super::*;

#[test]
fn a_clock_that_is_set_back_gives_nothing_back() {
    let spent = Spent::new(None, Duration::ZERO).unwrap();
    // As long as the clock, which was set back, says that it could be used.
    let later = since_epoch().as_secs() + 3600;
    let (good, over) = (format!("a-{later}"), "b-1".to_owned());
    for name in [&good, &over] {
        assert!(spent.spend(name).unwrap());
    }
    std::thread::sleep(Duration::from_millis(2));
    assert!(!spent.spend(&good).unwrap());
    // What is over by both clocks is forgotten: its signature is too old.
    assert!(spent.spend(&over).unwrap());
    assert_eq!(spent.here.lock().unwrap().len(), 2);
}
