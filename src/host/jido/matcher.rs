//! Whether a line matches a pattern of `jido.grep`: in steps that are paid for, and while the
//! run may go on.
//!
//! A pattern is turned into an automaton whose states are made when they are met. Most
//! patterns have few; some meet a new one at nearly each byte (`a[ab]{300}c`), and to make one
//! takes thousands of times as long as to pass on to one that is there. So what is made is paid.

use crate::{HostCx, HostError};
use regex::bytes::Regex;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// Bytes of a line between two looks at the run.
const STEP: usize = 256;
/// Bytes of states that the price of a pattern pays for.
const FREE: usize = 512 * 1024;
/// Bytes of states for a unit of fuel, beyond that.
const BYTES_PER_UNIT: usize = 2;
/// The longest line that is looked through in one step where the automaton does not do
/// (Unicode's limits of words), and units of fuel for each byte of a longer one.
const ONE_STEP: usize = 4096;
const LONG_BYTE: u64 = 256;

pub(super) struct Matcher {
    regex: Regex,
    automaton: Option<Automaton>,
}

impl Matcher {
    /// Takes a pattern, with what it was made into.
    pub(super) fn new(regex: Regex, program: usize, capacity: usize) -> Matcher {
        let pattern = regex.as_str();
        let is_plain = !pattern.bytes().any(|byte| b"\\.+*?()|[]{}^$".contains(&byte));
        let automaton = if is_plain { None } else { automaton(pattern, program, capacity) };
        Matcher { regex, automaton }
    }

    /// Tells whether a line matches.
    ///
    /// # Errors
    /// When the run has no fuel for it, or must end.
    pub(super) fn is_match(&mut self, cx: &mut HostCx<'_>, line: &[u8]) -> Result<bool, HostError> {
        let Some(automaton) = &mut self.automaton else { return Ok(self.regex.is_match(line)) };
        let found = automaton.search(cx, line);
        // However it ended, states may have been made since they were last paid.
        automaton.pay(cx)?;
        if let Some(is_match) = found? {
            return Ok(is_match);
        }
        if line.len() > ONE_STEP {
            cx.check()?;
            cx.charge(LONG_BYTE * line.len() as u64)?;
        }
        Ok(self.regex.is_match(line))
    }
}

/// An automaton, whose states are paid as they are made.
struct Automaton {
    dfa: DFA,
    cache: Cache,
    capacity: usize,
    /// How often states were thrown away for want of room, and what they took, when they were
    /// last paid.
    seen: (usize, usize),
    /// Bytes of states that have been made.
    made: usize,
}

impl Automaton {
    /// Tells whether a line matches; nothing, if the automaton cannot tell.
    fn search(&mut self, cx: &mut HostCx<'_>, line: &[u8]) -> Result<Option<bool>, HostError> {
        let input = Input::new(line).anchored(Anchored::No);
        let Ok(mut state) = self.dfa.start_state_forward(&mut self.cache, &input) else {
            return Ok(None);
        };
        for part in line.chunks(STEP) {
            for &byte in part {
                match self.dfa.next_state(&mut self.cache, state, byte) {
                    Ok(next) => state = next,
                    Err(_) => return Ok(None),
                }
                if state.is_tagged() {
                    if state.is_match() {
                        return Ok(Some(true));
                    }
                    if state.is_dead() {
                        return Ok(Some(false));
                    }
                    if state.is_quit() {
                        return Ok(None);
                    }
                }
            }
            self.pay(cx)?;
        }
        let Ok(state) = self.dfa.next_eoi_state(&mut self.cache, state) else { return Ok(None) };
        Ok(if state.is_quit() { None } else { Some(state.is_match()) })
    }

    /// Pays for the states that were made since they were last paid, and looks at the run.
    fn pay(&mut self, cx: &mut HostCx<'_>) -> Result<(), HostError> {
        let now = (self.cache.clear_count(), self.cache.memory_usage());
        let cleared = now.0.saturating_sub(self.seen.0).saturating_mul(self.capacity);
        let grown = (cleared + now.1).saturating_sub(self.seen.1);
        self.seen = now;
        if grown > 0 {
            cx.check()?;
            let free = FREE.saturating_sub(self.made);
            self.made = self.made.saturating_add(grown);
            cx.charge((grown.saturating_sub(free) / BYTES_PER_UNIT) as u64)?;
        }
        Ok(())
    }
}

fn automaton(pattern: &str, program: usize, capacity: usize) -> Option<Automaton> {
    let config = DFA::config()
        .cache_capacity(capacity)
        .skip_cache_capacity_check(true)
        .unicode_word_boundary(true);
    let dfa = DFA::builder()
        .configure(config)
        .syntax(syntax::Config::new().utf8(false))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(program)))
        .build(pattern)
        .ok()?;
    let cache = dfa.create_cache();
    let seen = (cache.clear_count(), cache.memory_usage());
    Some(Automaton { dfa, cache, capacity, seen, made: 0 })
}
