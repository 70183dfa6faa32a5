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

#[test]
fn what_cannot_be_noted_is_not_used_up() {
    let folder = tempfile::tempdir().unwrap();
    let spent = Spent::new(Some(&folder.path().join("key")), Duration::from_secs(60)).unwrap();
    let used = folder.path().join("key.used");
    let name = good_for(Duration::from_secs(60)).unwrap();
    fs::remove_dir(&used).unwrap();
    assert!(spent.spend(&name).is_err());
    fs::create_dir(&used).unwrap();
    assert!(spent.spend(&name).unwrap());
    assert!(!spent.spend(&name).unwrap());
}
