//! Calls that are handed out as data: what the run waits for, and how it is answered.

use crate::session::calls::host_table::HostTable;
use crate::session::functions::contained::drop_contained;
use crate::session::functions::future::HostFuture;
use crate::session::functions::letters::{Answer, Target, answer_of};
use crate::session::functions::ticket::{SavedTicket, Ticket};
use crate::session::natives::all::{Answers, bytes_of};
use crate::session::tapes::tape::Tape;
use crate::session::values::host_error::{Failure, HostError};
use crate::session::values::host_value::HostValue;
use crate::vm::image::fault::Fault;
use crate::vm::image::parts::{Part, Parts, Put};
use crate::vm::image::wire::Writer;
use crate::vm::machine::Lua;
use crate::vm::state::place::Place;
use crate::{parts, parts_in_lists};
use serde::de::{DeserializeOwned, Error};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::fmt;
use std::task::{Context, Poll};

/// A call of a host function that waits for its answer.
///
/// It is a value: keep it, send it elsewhere, write it down. The run that it belongs to holds
/// no thread meanwhile, and goes on when [`Run::answer`](crate::Run::answer) has what the call
/// returns.
///
/// ```
/// use moonfuel::{Chunk, Session, Step};
///
/// let session = Session::builder().pending_function("ask").build()?;
/// let mut run = session.start(Chunk::new(b"return 'so: ' .. ask('delete it?')").named("@job"));
/// let Step::Pending(calls) = run.step(1_000_000) else { panic!("it asks") };
/// assert_eq!(calls[0].to_string(), "job:1: ask");
/// assert_eq!(calls[0].args, vec!["delete it?".into()]);
///
/// run.answer(calls[0].id, Ok(vec!["no".into()]))?;
/// while !run.step(1_000_000).is_ended() {}
/// let (_session, report) = run.finish();
/// assert_eq!(report.json()?, r#"["so: no"]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PendingCall {
    /// Its number in the run, from 1 in the order in which the calls were made.
    pub id: u64,
    /// The function's path, such as `http.get`.
    pub name: String,
    /// The arguments.
    pub args: Vec<HostValue>,
    /// The chunk that called it, as messages show it; empty if unknown.
    pub chunk: String,
    /// The line, from 1.
    pub line: Option<u32>,
}

impl PendingCall {
    pub(in crate::session) fn new(
        id: u64,
        name: String,
        args: Vec<HostValue>,
        place: Option<Place>,
    ) -> PendingCall {
        let (chunk, line) = place.map_or((Vec::new(), None), |place| (place.chunk, place.line));
        let chunk = String::from_utf8_lossy(&chunk).into_owned();
        PendingCall { id, name, args, chunk, line }
    }
}

impl Serialize for PendingCall {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut call = to.serialize_struct("PendingCall", 5)?;
        call.serialize_field("id", &self.id)?;
        call.serialize_field("name", &self.name)?;
        call.serialize_field("args", &self.args)?;
        call.serialize_field("chunk", &self.chunk)?;
        call.serialize_field("line", &self.line)?;
        call.end()
    }
}

impl<'de> Deserialize<'de> for PendingCall {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        fn field<T: DeserializeOwned, E: Error>(call: &HostValue, name: &str) -> Result<T, E> {
            call.field(name).unwrap_or(&HostValue::Nil).to().map_err(E::custom)
        }
        let call = HostValue::deserialize(from)?;
        Ok(PendingCall {
            id: field(&call, "id")?,
            name: field(&call, "name")?,
            args: field(&call, "args")?,
            chunk: field(&call, "chunk")?,
            line: field(&call, "line")?,
        })
    }
}

impl fmt::Display for PendingCall {
    /// Writes the place and the name: `job:1: ask`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.chunk.is_empty() {
            write!(f, "{}:", self.chunk)?;
            match self.line {
                Some(line) => write!(f, "{line}: ")?,
                None => f.write_str("?: ")?,
            }
        }
        f.write_str(&self.name)
    }
}

/// Why a run takes no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// No call of this number waits: it is answered already, or never was.
    #[error("no call with the id {0} waits for an answer")]
    Unknown(u64),
    /// The run has not yielded to its host.
    #[error("the run has not yielded")]
    NotYielded,
}

/// What the machine of a run waits for, outside of it.
#[derive(Debug, Default)]
pub(in crate::session) enum Waits {
    /// It goes on when there is fuel.
    #[default]
    Nothing,
    /// Its call until what was printed before it is taken.
    Output,
    /// Its host, who has what the script yielded: these values go back.
    Resumption {
        values: Vec<HostValue>,
        /// Places of the handles that were made for what was yielded.
        made: Vec<u32>,
    },
    /// The answers to these calls.
    Answers(Batch),
}

impl Waits {
    /// Returns the calls that are handed out.
    pub(in crate::session) fn asked(&self) -> impl Iterator<Item = &PendingCall> {
        let slots = match self {
            Waits::Answers(batch) => batch.slots.as_slice(),
            _ => &[],
        };
        slots.iter().filter_map(|slot| match slot {
            Slot::Asked(call, _) => Some(call),
            _ => None,
        })
    }

    fn asked_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        let slots = match self {
            Waits::Answers(batch) => batch.slots.as_mut_slice(),
            _ => &mut [],
        };
        slots.iter_mut().filter(|slot| matches!(slot, Slot::Asked(..)))
    }

    /// Answers a call that waits.
    pub(in crate::session) fn answer(
        &mut self,
        id: u64,
        answer: impl FnOnce(&str, Option<Ticket>) -> Answer,
        tape: Option<&Tape>,
    ) -> Result<(), AnswerError> {
        let waiting = self.asked_mut().find_map(|slot| match slot {
            Slot::Asked(call, ticket) if call.id == id => {
                Some((call.name.clone(), ticket.take(), slot))
            }
            _ => None,
        });
        let (name, ticket, slot) = waiting.ok_or(AnswerError::Unknown(id))?;
        let answer = answer(&name, ticket);
        if let Some(tape) = tape {
            tape.answered(id, &name, &answer);
        }
        *slot = Slot::Answered(answer);
        Ok(())
    }

    /// Returns what the policy must know of each call that waits, for the gaps that are left for
    /// it. The policy is asked last, when nothing else keeps the run from being saved: it notes
    /// in its log that they were.
    pub(in crate::session) fn tickets(&self) -> Result<Vec<Vec<u8>>, String> {
        let Waits::Answers(batch) = self else { return Ok(Vec::new()) };
        let ticket = |slot: &Slot| match slot {
            Slot::Asked(_, ticket) => ticket.as_ref().map(Ticket::saved),
            _ => None,
        };
        batch.slots.iter().filter_map(ticket).collect()
    }

    /// Has the host's policy take up what waits in a run that is restored.
    ///
    /// # Errors
    /// Which call it does not take up, and why.
    pub(in crate::session) fn take_up(
        &mut self,
        host: &HostTable,
        limit: u64,
    ) -> Result<(), Fault> {
        let Waits::Answers(batch) = self else { return Ok(()) };
        for slot in &mut batch.slots {
            if let Slot::Saved(call, saved) = slot {
                let ticket = host.take_up(&call.name, &call.args, saved.as_ref(), limit);
                let ticket = ticket.map_err(|why| Fault::Host(call.name.clone(), why))?;
                *slot = Slot::Asked(call.clone(), ticket);
            }
        }
        Ok(())
    }

    /// Answers all calls that are handed out, at once. Tells whether there were any.
    pub(in crate::session) fn answer_all(
        &mut self,
        limit: u64,
        answer: &mut Answerer<'_>,
        tape: Option<&Tape>,
    ) -> bool {
        let mut any = false;
        for slot in self.asked_mut() {
            if let Slot::Asked(call, ticket) = slot {
                any = true;
                let answer = settled(ticket.take(), answer(call));
                let answer = answer_of(&call.name, answer, limit);
                if let Some(tape) = tape {
                    tape.answered(call.id, &call.name, &answer);
                }
                *slot = Slot::Answered(answer);
            }
        }
        any
    }
}

/// Has an answer pass the policy.
pub(in crate::session) fn settled(
    ticket: Option<Ticket>,
    answer: Result<Vec<HostValue>, HostError>,
) -> Result<Vec<HostValue>, HostError> {
    match ticket {
        Some(ticket) => ticket.settle(answer),
        None => answer,
    }
}

/// What answers calls on the spot.
pub(in crate::session) type Answerer<'a> =
    dyn FnMut(&PendingCall) -> Result<Vec<HostValue>, HostError> + 'a;

/// Answers calls where nobody can.
pub(crate) fn nobody(call: &PendingCall) -> Result<Vec<HostValue>, HostError> {
    let text = format!("{}: nobody answers calls that wait in this run", call.name);
    Err(HostError::new(text))
}

/// Calls that were made at once: their answers go to the script together.
#[derive(Debug)]
pub(in crate::session) struct Batch {
    slots: Vec<Slot>,
    /// What was called, if it is one function.
    target: Option<Target>,
    /// Places of the handles that were made for the calls.
    made: Vec<u32>,
    calls: Calls,
}

/// How many functions are called, and whether there is room for what they answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    One,
    /// The script called [`host.all`](crate::session::natives::all).
    Several,
    /// There was a collection to make room for the answers of several.
    Collected,
    /// There is none for those of several: they are let go as they come.
    TooMuch,
}

#[derive(Debug)]
enum Slot {
    Answered(Answer),
    Asked(PendingCall, Option<Ticket>),
    /// As it comes from a snapshot, before the policy has taken it up.
    Saved(PendingCall, Option<SavedTicket>),
    Future(String, HostFuture),
}

impl Batch {
    pub(in crate::session) fn new(together: bool) -> Batch {
        let calls = if together { Calls::Several } else { Calls::One };
        Batch { slots: Vec::new(), target: None, made: Vec::new(), calls }
    }

    /// Lets go of the answers if all that are there, of so many bytes, have no room beside each
    /// other in the run's memory: each of them may be as large as that. The script is refused
    /// them when the last one is there, whatever the order in which they come; so calls that were
    /// begun are made.
    pub(in crate::session) fn fit(&mut self, lua: &mut Lua, bytes: usize) {
        if matches!(self.calls, Calls::One | Calls::TooMuch) || lua.has_room(bytes) {
            return;
        }
        // There is one collection, whenever they are too much: how many of them are there by then
        // must not show.
        if self.calls == Calls::Several {
            self.calls = Calls::Collected;
            lua.collect_at_its_price();
            if lua.has_room(bytes) {
                return;
            }
        }
        self.calls = Calls::TooMuch;
        self.let_go();
    }

    /// As [`Batch::fit`], of all that are there by now.
    pub(in crate::session) fn fit_all(&mut self, lua: &mut Lua) {
        match self.calls {
            Calls::One => {}
            Calls::TooMuch => self.let_go(),
            Calls::Several | Calls::Collected => {
                let answers = self.slots.iter().filter_map(|slot| match slot {
                    Slot::Answered(answer) => Some(answer),
                    _ => None,
                });
                let bytes = bytes_of(answers);
                self.fit(lua, bytes);
            }
        }
    }

    /// Lets go of the answers that are there.
    fn let_go(&mut self) {
        for slot in &mut self.slots {
            if let Slot::Answered(answer) = slot {
                refuse(answer);
            }
        }
    }

    /// Says what is called next, and the places of the handles that were made for it.
    pub(in crate::session) fn called(&mut self, target: Target, made: Vec<u32>) {
        self.target = Some(target);
        self.made.extend(made);
    }

    /// Takes an answer. Returns how many bytes it takes.
    pub(in crate::session) fn answered(&mut self, answer: Answer) -> usize {
        let mut answer = answer;
        if self.calls != Calls::One && answer.calls.is_some() {
            // The functions of one list are called at once, and have one frame. What the
            // host's closure holds may panic when it is dropped.
            drop_contained(answer);
            let text = "a host function that calls a function cannot be called by host.all";
            answer = Answer::new(Err(HostError::new(text)));
        }
        let bytes = bytes_of(std::iter::once(&answer));
        if self.calls == Calls::TooMuch {
            refuse(&mut answer);
        }
        self.slots.push(Slot::Answered(answer));
        bytes
    }

    pub(in crate::session) fn asked(&mut self, call: PendingCall, ticket: Option<Ticket>) {
        // Mostly it is one, which may wait for long beside many others.
        if self.slots.is_empty() {
            self.slots.reserve_exact(1);
        }
        self.slots.push(Slot::Asked(call, ticket));
    }

    pub(in crate::session) fn future(&mut self, name: String, future: HostFuture) {
        self.slots.push(Slot::Future(name, future));
    }

    /// Lets the futures go on. Tells whether every call is answered.
    pub(in crate::session) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limit: u64,
        tape: Option<&Tape>,
    ) -> bool {
        let mut complete = true;
        for slot in &mut self.slots {
            if let Slot::Future(name, future) = slot {
                let played = tape.and_then(|tape| tape.play_future(future.number));
                let answer = played.unwrap_or_else(|| match future.poll(name, cx) {
                    Poll::Ready(answer) => Some(answer_of(name, answer, limit)),
                    Poll::Pending => None,
                });
                if let Some(answer) = answer {
                    if let Some(tape) = tape {
                        tape.arrived(future.number, name, &answer);
                    }
                    *slot = Slot::Answered(answer);
                }
            }
            complete &= matches!(slot, Slot::Answered(_));
        }
        complete
    }

    /// Returns the last answer that is an error of a kind of its own.
    pub(in crate::session) fn failure(&self) -> Option<Failure> {
        let failure = |slot: &Slot| match slot {
            Slot::Answered(Answer { result: Err(error), .. }) => error.failure(),
            _ => None,
        };
        self.slots.iter().rev().find_map(failure)
    }

    /// Makes the letter with the answers, when every call has one.
    pub(in crate::session) fn into_letter(self) -> Box<dyn Any> {
        let mut answers = self.slots.into_iter().filter_map(|slot| match slot {
            Slot::Answered(answer) => Some(answer),
            _ => None,
        });
        if self.calls != Calls::One {
            let too_much = self.calls == Calls::TooMuch;
            return Box::new(Answers::new(answers.collect(), self.made, too_much));
        }
        let none = || Answer::new(Ok(Vec::new()));
        let answer = answers.next().unwrap_or_else(none);
        Box::new(Answer { target: self.target, made: self.made, ..answer })
    }
}

/// Puts a refusal into the place of an answer for which there is no room.
fn refuse(answer: &mut Answer) {
    if answer.result.is_ok() {
        // What the host's values hold may panic when it is dropped.
        drop_contained(std::mem::replace(answer, Answer::new(Err(HostError::memory()))));
    }
}

parts!(enum Waits { 0 Nothing, 1 Output, 2 Resumption { values, made }, 3 Answers(batch) });
parts!(struct Batch { slots, target, made, calls });
parts!(enum Calls { 0 One, 1 Several, 2 Collected, 3 TooMuch });
parts!(struct PendingCall { id, name, args, chunk, line });
parts_in_lists!(Slot);

impl Part for Slot {
    fn put(&self, to: &mut Writer) -> Put {
        match self {
            Slot::Answered(answer) => {
                to.byte(0);
                answer.put(to)
            }
            Slot::Asked(call, None) => {
                to.byte(1);
                call.put(to)
            }
            // Its policy is to hear of its end, here and there: see `Waits::tickets`.
            Slot::Asked(call, Some(_)) => {
                to.byte(2);
                call.put(to)?;
                to.gap();
                Ok(())
            }
            Slot::Saved(..) => Err("a call that nobody has taken up".to_owned()),
            Slot::Future(name, _) => {
                Err(format!("a future of {name}, which goes on in this process alone,"))
            }
        }
    }

    fn get(from: &mut Parts<'_, '_, '_>) -> Result<Self, Fault> {
        Ok(match from.from.byte()? {
            0 => Slot::Answered(Part::get(from)?),
            1 => Slot::Saved(Part::get(from)?, None),
            2 => Slot::Saved(Part::get(from)?, Some(Part::get(from)?)),
            _ => return Err(Fault::NUMBER),
        })
    }
}
