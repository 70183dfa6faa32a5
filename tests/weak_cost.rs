//! What the collector does for weak tables is bounded by what the program paid for:
//! the collections it can afford do not take long, whatever the tables hold.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a test may stop, and this one measures time"
)]

use moonfuel::{Limits, Session};
use std::time::{Duration, Instant};

/// Much more than any of these takes in a debug build, much less than it took when the
/// work was not bounded.
const LONG: Duration = Duration::from_secs(20);

fn is_quick(source: &str) {
    let limits = Limits { fuel: 30_000_000, memory: 64 << 20, ..Limits::default() };
    let mut session = Session::builder().limits(limits).build().unwrap();
    let begin = Instant::now();
    let report = session.run(source);
    let spent = begin.elapsed();
    assert!(report.is_done(), "{:?}: {source}", report.outcome);
    assert!(spent < LONG, "{spent:?} for {} units: {source}", report.usage.fuel_used);
}

#[test]
fn the_text_of_a_mode_is_not_read_for_each_table() {
    is_quick(
        "local mt = {__mode = ('x'):rep(1 << 20)}
         local t = {} for i = 1, 30000 do t[i] = setmetatable({}, mt) end
         for i = 1, 200 do local s = ('y'):rep(1 << 20) end",
    );
}

#[test]
fn a_large_metatable_is_not_searched_for_each_table() {
    is_quick(
        "local mt = {} for i = 1, 60000 do mt['k' .. i] = i end mt.__mode = 'x'
         local t = {} for i = 1, 30000 do t[i] = setmetatable({}, mt) end
         for i = 1, 200 do local s = ('y'):rep(1 << 20) end",
    );
}

#[test]
fn the_list_of_weak_tables_is_not_gone_through_for_each_link_of_a_chain() {
    is_quick(
        "local weak, t = {__mode = 'v'}, {}
         for i = 1, 100000 do t[i] = setmetatable({}, weak) end
         local keys, chain, n = {}, setmetatable({}, {__mode = 'k'}), 20000
         for i = 1, n + 1 do keys[i] = {} end
         for i = 1, n do local at = i * 7919 % n + 1 chain[keys[at]] = keys[at + 1] end
         local first = keys[1] keys = nil
         for i = 1, 400 do local s = ('y'):rep(1 << 20) end
         return first and #t",
    );
}
