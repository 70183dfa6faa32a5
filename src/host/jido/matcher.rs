//! Whether a line matches a pattern of `jido.grep`: in steps that are paid for, and while the
//! run may go on.
//!
//! A pattern is turned into an automaton whose states are made when they are met. Most
//! patterns have few; some meet a new one at nearly each byte (`a[ab]{300}c`), and to make one
//! takes thousands of times as long as to pass on to one that is there. So what is made is paid.
//!
//! Where Unicode's limits of words are asked for, the automaton cannot pass a letter that is not
//! ASCII. Such a line is gone through by the pattern's program, which is in many places at once:
//! each of them is paid.

use crate::{HostCx, HostError};
use regex::bytes::Regex;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, State};
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// Bytes of a line between two looks at the run.
const STEP: usize = 256;
/// Bytes of states that the price of a pattern pays for.
const FREE: usize = 512 * 1024;
/// Bytes of states for a unit of fuel, beyond that.
const BYTES_PER_UNIT: usize = 2;
/// Steps of a program between two looks at the run, each of which is a unit of fuel.
const PROGRAM_STEPS: u64 = 4096;
/// Steps for a look at what is before and behind a place.
const LOOK: u64 = 8;

pub(super) enum Matcher {
    /// The pattern is a text.
    Text(Regex),
    Pattern(Box<Automaton>),
}

impl Matcher {
    /// Takes a pattern, with what it was made into; nothing, if no automaton can be made of it.
    pub(super) fn new(regex: Regex, program: usize, capacity: usize) -> Option<Matcher> {
        let pattern = regex.as_str();
        if !pattern.bytes().any(|byte| b"\\.+*?()|[]{}^$".contains(&byte)) {
            return Some(Matcher::Text(regex));
        }
        Some(Matcher::Pattern(Box::new(automaton(pattern, program, capacity)?)))
    }

    /// Tells whether a line matches.
    ///
    /// # Errors
    /// When the run has no fuel for it, or must end.
    pub(super) fn is_match(&mut self, cx: &mut HostCx<'_>, line: &[u8]) -> Result<bool, HostError> {
        let automaton = match self {
            Matcher::Text(regex) => return Ok(regex.is_match(line)),
            Matcher::Pattern(automaton) => automaton,
        };
        let found = automaton.search(cx, line);
        // However it ended, states may have been made since they were last paid.
        automaton.pay(cx)?;
        match found? {
            Some(is_match) => Ok(is_match),
            None => automaton.go_through(cx, line),
        }
    }
}

/// An automaton, whose states are paid as they are made.
pub(super) struct Automaton {
    dfa: DFA,
    cache: Cache,
    capacity: usize,
    /// How often states were thrown away for want of room, and what they took, when they were
    /// last paid.
    seen: (usize, usize),
    /// Bytes of states that have been made.
    made: usize,
    /// For each place of the program, when it was last at work.
    at_work: Vec<u64>,
    /// Counts the bytes that the program has gone through.
    now: u64,
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

    /// Goes through a line by the program, and pays for each step.
    fn go_through(&mut self, cx: &mut HostCx<'_>, line: &[u8]) -> Result<bool, HostError> {
        let nfa = self.dfa.get_nfa();
        let mut here: Vec<StateID> = vec![nfa.start_unanchored()];
        let mut ahead = Vec::new();
        let mut steps = 0;
        let mut is_match = false;
        for at in 0..=line.len() {
            self.now += 1;
            let byte = line.get(at).copied();
            while let Some(place) = here.pop() {
                steps += 1;
                let Some(last) = self.at_work.get_mut(place.as_usize()) else { continue };
                if std::mem::replace(last, self.now) == self.now {
                    continue;
                }
                match nfa.state(place) {
                    State::ByteRange { trans } if byte.is_some_and(|b| trans.matches_byte(b)) => {
                        ahead.push(trans.next);
                    }
                    State::ByteRange { .. } | State::Fail => {}
                    State::Sparse(all) => {
                        steps += all.transitions.len() as u64 / 8;
                        ahead.extend(byte.and_then(|byte| all.matches_byte(byte)));
                    }
                    State::Dense(all) => ahead.extend(byte.and_then(|byte| all.matches_byte(byte))),
                    State::Look { look, next } => {
                        steps += LOOK;
                        if nfa.look_matcher().matches(*look, line, at) {
                            here.push(*next);
                        }
                    }
                    State::Union { alternates } => here.extend(alternates.iter()),
                    State::BinaryUnion { alt1, alt2 } => here.extend([alt1, alt2]),
                    State::Capture { next, .. } => here.push(*next),
                    State::Match { .. } => is_match = true,
                }
            }
            if is_match || steps >= PROGRAM_STEPS || at == line.len() {
                cx.check()?;
                cx.charge(std::mem::take(&mut steps))?;
            }
            if is_match {
                break;
            }
            std::mem::swap(&mut here, &mut ahead);
        }
        Ok(is_match)
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
    let at_work = vec![0; dfa.get_nfa().states().len()];
    Some(Automaton { dfa, cache, capacity, seen, made: 0, at_work, now: 0 })
}
