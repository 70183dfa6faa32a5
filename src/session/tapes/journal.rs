//! What the host has answered to one call, so that another process can take the call up: it
//! begins anew there, and its host calls are answered from here until it has come to where it
//! was. Nothing of the host is called for that.
//!
//! A replay of a whole session is another thing (`trace/replay.rs`): this says nothing of the
//! session before the call, and looks at what is asked alone.

use super::notes::push_notes;
use super::reply::push_outcome;
use super::value::{Machines, push_values};
use crate::session::functions::letters::{Request, SOURCE, Target};
use crate::session::functions::lock::lock;
use crate::session::functions::notes::Note;
use crate::session::functions::reply::has_failed;
use crate::session::functions::watch::Canceller;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use std::sync::{Arc, Mutex, MutexGuard};

#[cfg(test)]
mod tests;

/// The most bytes of a journal.
const LARGEST: usize = 6 << 20;

/// The most bytes of arguments that a difference shows.
const SHOWN: usize = 200;

/// The answers to one call. It is shared: whoever asks the user saves it while the call waits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
pub(in crate::session) struct Pages {
    /// A call is at work that is journaled.
    on: bool,
    entries: Vec<Entry>,
    /// How many of them the call has come to.
    at: usize,
    bytes: usize,
    /// Why no other process can take the call up.
    stays: Option<String>,
    /// What the call has done otherwise than before.
    differs: Option<String>,
    canceller: Canceller,
    /// Why no call of this session can be taken up.
    never: Option<&'static str>,
    /// Functions that leave something in this process once they are done.
    pub(in crate::session) local: &'static [&'static str],
}

/// A host call, each part as a trace has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::session) struct Entry {
    name: Vec<u8>,
    args: Vec<u8>,
    /// What the function took of the run.
    pub(in crate::session) took: Vec<u8>,
    /// Empty until it is there.
    pub(in crate::session) reply: Vec<u8>,
}

impl Entry {
    fn parts(&self) -> [&Vec<u8>; 4] {
        [&self.name, &self.args, &self.took, &self.reply]
    }

    fn bytes(&self) -> usize {
        self.parts().iter().map(|part| part.len() + size_of::<u32>()).sum()
    }

    /// Returns the call as people read it.
    fn shown(&self) -> String {
        let args = &self.args[..self.args.len().min(SHOWN)];
        let more = if args.len() < self.args.len() { "…" } else { "" };
        let (name, args) = (String::from_utf8_lossy(&self.name), String::from_utf8_lossy(args));
        format!("{name} with {args}{more}")
    }
}

/// What becomes of a host call.
pub(in crate::session) enum Next {
    /// It is made, and has no entry.
    Pass,
    /// It is made; its entry has this number.
    Call(usize),
    Play(Entry),
    Stop,
}

impl Journal {
    pub(in crate::session) fn lock(&self) -> MutexGuard<'_, Pages> {
        lock(&self.0)
    }

    /// Says that no call can be taken up elsewhere, and why.
    pub(crate) fn never(&self, why: &'static str) {
        self.lock().never = Some(why);
    }

    /// A call begins anew, or as the one whose journal was saved. A difference cancels it, and so
    /// do bytes that are no journal.
    pub(crate) fn begin(&self, saved: &[u8], canceller: Canceller) {
        let entries = read(saved);
        let is_whole = entries.is_some();
        let mut pages = self.lock();
        *pages = Pages {
            on: true,
            entries: entries.unwrap_or_default(),
            bytes: saved.len(),
            canceller,
            stays: pages.never.map(str::to_owned),
            never: pages.never,
            local: pages.local,
            ..Pages::default()
        };
        if !is_whole {
            pages.differ("what it had done before cannot be read".to_owned());
        }
    }

    /// The call has ended, and no other is journaled until one begins. Returns what it has done
    /// otherwise than the one that was saved.
    pub(crate) fn end(&self) -> Option<String> {
        let mut pages = self.lock();
        let left = pages.entries.get(pages.at).filter(|_| pages.on && pages.differs.is_none());
        let left = left.map(|left| format!("it did not call {}", left.shown()));
        let differs = pages.differs.take().or(left);
        *pages = Pages { never: pages.never, local: pages.local, ..Pages::default() };
        differs
    }

    /// Returns how many host calls there were.
    pub(crate) fn count(&self) -> usize {
        self.lock().at
    }

    /// Returns the journal so far, for a call that waits in its last host call.
    ///
    /// # Errors
    /// Why no other process can take the call up.
    pub(crate) fn save(&self) -> Result<Vec<u8>, String> {
        let pages = self.lock();
        if let Some(why) = &pages.stays {
            return Err(why.clone());
        }
        let before = pages.entries.len().saturating_sub(1);
        if let Some(open) = pages.entries.iter().take(before).find(|one| one.reply.is_empty()) {
            return Err(format!("{} is under way", String::from_utf8_lossy(&open.name)));
        }
        let mut bytes = Vec::with_capacity(pages.bytes);
        for part in pages.entries.iter().flat_map(Entry::parts) {
            let size = u32::try_from(part.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&size.to_le_bytes());
            bytes.extend_from_slice(part);
        }
        Ok(bytes)
    }
}

impl Pages {
    /// Says what becomes of a host call.
    pub(in crate::session) fn next(&mut self, name: &str, request: &Request) -> Next {
        if self.differs.is_some() {
            return Next::Stop;
        }
        if !self.on || matches!(request.target, Target::Function(SOURCE)) {
            return Next::Pass;
        }
        if self.at == self.entries.len() {
            let is_function = matches!(request.target, Target::Function(_));
            if !is_function
                || request.then.is_some()
                || request.args.iter().any(HostValue::is_of_session)
            {
                self.stay(format!("{name} is called with what is of this process alone"));
            }
            if self.stays.is_some() {
                return Next::Pass;
            }
        }
        let mut args = Vec::new();
        push_values(&mut args, &request.args, &Machines::default());
        let own = Entry { name: name.into(), args, ..Entry::default() };
        let number = self.at;
        let Some(known) = self.entries.get(number) else {
            self.bytes += own.bytes();
            self.entries.push(own);
            self.at += 1;
            self.bound();
            return if self.stays.is_some() { Next::Pass } else { Next::Call(number) };
        };
        if (&known.name, &known.args) != (&own.name, &own.args) {
            let what = format!("it calls {}, and called {} before", own.shown(), known.shown());
            self.differ(what);
            return Next::Stop;
        }
        self.at += 1;
        match known.reply.is_empty() {
            true => Next::Call(number),
            false => Next::Play(known.clone()),
        }
    }

    /// Notes what a function took.
    pub(in crate::session) fn took(&mut self, number: usize, name: &str, notes: &[Note]) {
        if notes.iter().any(|note| matches!(note, Note::Object(_) | Note::Revoke(_))) {
            return self.stay(format!("{name} makes objects"));
        }
        let Some(entry) = self.entries.get_mut(number).filter(|_| !notes.is_empty()) else {
            return;
        };
        entry.took.clear();
        push_notes(&mut entry.took, notes, &Machines::default());
        self.bytes += entry.took.len();
        self.bound();
    }

    /// Notes what a function has answered.
    pub(in crate::session) fn came(
        &mut self,
        number: usize,
        name: &str,
        answer: &Result<Vec<HostValue>, HostError>,
    ) {
        let is_held = match answer {
            Ok(values) => values.iter().any(HostValue::is_of_session),
            Err(error) => error.as_value().is_some_and(HostValue::is_of_session),
        };
        if is_held {
            return self.stay(format!("{name} answers with what is of this process alone"));
        }
        // One that was refused, or has failed, leaves nothing; one that waits to be allowed is
        // made in the process that goes on.
        if self.local.contains(&name) && !has_failed(answer) {
            return self
                .stay(format!("{name} leaves something in the process that it was called in"));
        }
        let Some(entry) = self.entries.get_mut(number) else { return };
        push_outcome(&mut entry.reply, answer, &Machines::default());
        self.bytes += entry.reply.len();
        self.bound();
    }

    fn bound(&mut self) {
        if self.bytes > LARGEST {
            self.stay(format!("what its host has answered has more than {LARGEST} bytes"));
        }
    }

    /// No other process can take the call up: nothing is noted any more.
    pub(in crate::session) fn stay(&mut self, why: String) {
        self.stays.get_or_insert(why);
        (self.entries, self.at, self.bytes) = (Vec::new(), 0, 0);
    }

    /// The call does something else than before: it ends here.
    pub(in crate::session) fn differ(&mut self, what: String) {
        self.differs.get_or_insert(what);
        self.canceller.cancel();
    }
}

/// Reads what [`Journal::save`] has made; nothing, if it made no such thing.
pub(in crate::session) fn read(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut rest = bytes;
    let mut part = || {
        let (size, after) = rest.split_first_chunk::<4>()?;
        let (part, after) = after.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        rest = after;
        Some(part.to_vec())
    };
    let mut entries = Vec::new();
    while let Some(name) = part() {
        entries.push(Entry { name, args: part()?, took: part()?, reply: part()? });
    }
    rest.is_empty().then_some(entries)
}
