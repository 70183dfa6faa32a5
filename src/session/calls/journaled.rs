//! Calls of host functions in a journal: made and noted, or answered as they were before.

use super::host_table::{Called, HostTable};
use super::taking::take;
use crate::session::functions::future::HostFuture;
use crate::session::functions::host_context::HostCx;
use crate::session::functions::letters::{Answer, Request, Target};
use crate::session::tapes::journal::{Entry, Journal, Next};
use crate::session::tapes::json;
use crate::session::tapes::player::Held;
use crate::session::tapes::reply::outcome_of;
use crate::session::tapes::value::Machines;
use crate::session::values::host_error::HostError;
use crate::session::values::outcome::Outcome;

impl Journal {
    /// Calls the function that a script asked for, or answers as it did before.
    pub(in crate::session) fn call(
        &self,
        host: &mut HostTable,
        cx: &mut HostCx<'_>,
        request: &mut Request,
        limit: u64,
    ) -> Called {
        let name = host.name_of(request.target).into_owned();
        let next = self.lock().next(&name, request);
        let number = match next {
            Next::Pass => return host.call_untaped(cx, request, limit),
            Next::Stop => {
                cx.end_run(Outcome::Cancelled);
                return Called::failed(HostError::stopped());
            }
            Next::Play(entry) => {
                return play(host, cx, request.target, &entry).unwrap_or_else(|| {
                    self.lock().differ("its journal is of another version".to_owned());
                    cx.end_run(Outcome::Cancelled);
                    Called::failed(HostError::stopped())
                });
            }
            Next::Call(number) => number,
        };
        cx.notes = Some(Vec::new());
        // Nobody has the lock meanwhile: it may ask the user, and the journal is saved then.
        let called = host.call_untaped(cx, request, limit);
        let notes = cx.notes.take().unwrap_or_default();
        self.lock().took(number, &name, &notes);
        match called {
            Called::Answered(answer) => {
                match answer.calls {
                    Some(_) => self.lock().stay(format!("{name} calls a function of the script's")),
                    None => self.lock().came(number, &name, &answer.result),
                }
                Called::Answered(answer)
            }
            Called::Begun(name, mut future) => {
                let (journal, of) = (self.clone(), name.clone());
                let heard = std::future::poll_fn(move |cx| {
                    let polled = future.poll(&of, cx);
                    if let std::task::Poll::Ready(answer) = &polled {
                        journal.lock().came(number, &of, answer);
                    }
                    polled
                });
                Called::Begun(name, HostFuture::new(heard))
            }
            asked @ Called::Asked(..) => {
                self.lock().stay(format!("{name} waits for its host"));
                asked
            }
        }
    }
}

/// Does what an entry says came of a call; nothing, if it says no such thing.
fn play(
    host: &mut HostTable,
    cx: &mut HostCx<'_>,
    target: Target,
    entry: &Entry,
) -> Option<Called> {
    let (machines, held) = (Machines::default(), Held::default());
    let handles = held.on(&machines);
    if !entry.took.is_empty() {
        let took = json::read(&entry.took).ok()?;
        for note in take(cx, &took, &|_| None, &handles)?.remembered {
            host.recall(target, &note);
        }
    }
    let reply = outcome_of(&json::read(&entry.reply).ok()?, &handles)?;
    Some(Called::Answered(Answer::new(reply)))
}
