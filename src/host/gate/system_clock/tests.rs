//! Clocks that sleep, jump and go back.

use super::*;

#[test]
fn it_follows_the_system_forward_and_never_goes_back() {
    let seconds = Duration::from_secs;
    let mut clock = Forward::new(seconds(1000));
    // How long it has run, what the system says, what it says.
    for (elapsed, system, now) in [
        (0, 1000, 1000),
        (5, 1005, 1005),
        // The machine has slept for an hour.
        (6, 4606, 4606),
        (7, 4607, 4607),
        // Somebody has set the clock back.
        (8, 1008, 4608),
        (20, 1020, 4620),
        // It is right again, or ahead.
        (30, 4650, 4650),
        (31, 9000, 9000),
        (32, 4652, 9001),
    ] {
        assert_eq!(clock.at(seconds(elapsed), seconds(system)), seconds(now), "after {elapsed}");
    }
    let mut real = system_clock();
    let (one, other) = (real(), real());
    assert!(one <= other && u128::from(one).abs_diff(since_epoch().as_micros()) < 1_000_000);
}
