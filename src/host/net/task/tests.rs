//! How many requests are at work at once.

use super::{Hold, MOST_AT_ONCE, Task};
use crate::host::net::fetch::Unanswered;
use crate::host::permits::Permits;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

#[test]
fn requests_have_as_many_threads_as_there_are_permits() {
    let (permits, end) = (Permits::default(), Arc::new(Barrier::new(MOST_AT_ONCE + 1)));
    let work = || {
        let end = Arc::clone(&end);
        move |_: &Hold| {
            end.wait();
            Err(Unanswered::TimedOut)
        }
    };
    // That nobody waits for them gives back no permit: the threads are there.
    (0..MOST_AT_ONCE).for_each(|_| drop(Task::start(&permits, work()).unwrap()));
    let refused = Task::start(&permits, work()).unwrap_err().to_string();
    assert_eq!(refused, "too many requests at once (limit 64)");
    end.wait();
    let late = Instant::now() + Duration::from_secs(20);
    while Task::start(&permits, |_| Err(Unanswered::TimedOut)).is_err() {
        assert!(Instant::now() < late, "no permit was given back");
        std::thread::yield_now();
    }
}
