//! How much CPU time slices of 1,000 units take while the collector works, with much alive and
//! garbage being made, and while large tables grow.
//!
//! `cargo bench --bench gc_pause` prints a line for each heap: the longest slice, and the
//! ones that one slice in a thousand and one in a hundred are longer than.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark may stop, and says what it saw"
)]

use moonfuel::{Limits, Session, Step};
use std::time::Duration;

/// Units of a slice.
const SLICE: u64 = 1000;

/// What lives, and what is measured: garbage of the same kind, or growth.
const HEAPS: [(&str, &str, &str); 11] = [
    (
        "1,000,000 tables",
        "live = {} for i = 1, 1e6 do live[i] = {} end",
        "for i = 1, 3e6 do local t = {i} end",
    ),
    (
        "one table of 4,000,000 slots",
        "live = {} for i = 1, 4e6 do live[i] = i end",
        "for i = 1, 3e6 do local t = {i} end",
    ),
    (
        "1,000,000 short strings",
        "live = {} for i = 1, 1e6 do live[i] = 's' .. i end",
        "for i = 1, 3e6 do local s = 'g' .. i end",
    ),
    (
        "100,000 weak entries",
        "live, weak = {}, setmetatable({}, {__mode = 'k'}) \
         for i = 1, 1e5 do local k = {} live[i] = k weak[k] = {} end",
        "for i = 1, 3e6 do local t = {} if i % 10 == 0 then weak[t] = i end end",
    ),
    (
        "100,000 coroutines",
        "live = {} for i = 1, 1e5 do live[i] = coroutine.wrap(coroutine.yield) live[i](i) end",
        "for i = 1, 1e6 do local t = {i} end",
    ),
    ("an array grows to 4,000,000", "", "local t = {} for i = 1, 4e6 do t[i] = i end"),
    ("integer keys grow to 4,000,000", "", "local t = {} for i = 1, 4e6 do t[-i] = i end"),
    ("string keys grow to 1,000,000", "", "local t = {} for i = 1, 1e6 do t['k' .. i] = i end"),
    (
        "a table of a former run grows",
        "live = {} for i = 1, 5e5 do live[i] = i live[-i] = i end",
        "for i = 5e5, 2e6 do live[i] = i live[-i] = i end",
    ),
    (
        "a large table is emptied and filled",
        "",
        "local t = {} \
         for i = 1, 1e6 do t[-i] = i end for i = 1, 1e6 do t[-i] = nil end \
         for i = 1, 1e6 do t[i + 0.5] = i end",
    ),
    (
        "large tables die",
        "",
        "for i = 1, 4 do local t = {} for i = 1, 1e6 do t[i] = i t[-i] = i end end",
    ),
];

/// The time this thread has had a processor for: other programs do not count.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The time that has passed.
#[cfg(not(unix))]
fn cpu_time() -> Duration {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap()
}

fn main() {
    for (name, live, garbage) in HEAPS {
        let limits = Limits { fuel: u64::MAX / 4, memory: 4 << 30, ..Limits::default() };
        let mut session = Session::builder().limits(limits).build().unwrap();
        assert!(session.run(live).is_done());
        let mut run = session.start(garbage.into());
        let mut slices = Vec::new();
        loop {
            let start = cpu_time();
            let step = run.step(SLICE);
            slices.push(cpu_time().saturating_sub(start));
            if matches!(step, Step::Ended) {
                break;
            }
        }
        slices.sort_unstable();
        let at = |part: f64| slices[((slices.len() - 1) as f64 * part) as usize];
        let shown = |time: Duration| time.as_secs_f64() * 1e6;
        println!(
            "{name:30} {:8} slices, longest {:9.0} us, p99.9 {:8.0} us, p99 {:6.0} us",
            slices.len(),
            shown(at(1.0)),
            shown(at(0.999)),
            shown(at(0.99)),
        );
    }
}
