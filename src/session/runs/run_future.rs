//! Runs as futures: whoever polls them drives them, a slice at a time.

use super::beginning::Starting;
use super::pending::{Answerer, PendingCall, Waits, nobody};
use super::run::{Run, Step};
use super::stepping::{Moved, Progress, end, step};
use super::{beginning, call};
use crate::session::calls::host_table::HostTable;
use crate::session::functions::watch::Alarm;
use crate::session::making::session::Session;
use crate::session::tapes::value::OWN;
use crate::session::values::callee::Callee;
use crate::session::values::chunk::Chunk;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use crate::session::values::multi::IntoLuaMulti;
use crate::session::values::outcome::{Outcome, Report};
use crate::vm::machine::Lua;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Fuel of a slice: a fraction of a millisecond of ordinary code. Others have a turn after
/// each.
const SLICE: u64 = 20_000;
/// Most steps in one turn: steps end with each call of a host function, too.
const STEPS: usize = 32;

impl Session {
    /// Runs a chunk to its end, as a future: the script runs while it is polled, and has a
    /// pause after each slice of fuel and whenever it waits for an async function. Any
    /// executor will do.
    ///
    /// A future that is dropped ends the run as cancelled.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let mut session = Session::builder()
    ///     .async_function("sleep", async |ms: u64| {
    ///         tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
    ///         Ok("well rested")
    ///     })
    ///     .build()?;
    /// let report = session.run_async("return sleep(2)").await;
    /// assert_eq!(report.json()?, r#"["well rested"]"#);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_async<'a>(&'a mut self, chunk: impl Into<Chunk<'a>>) -> RunFuture<'a> {
        let chunk = chunk.into();
        let start = Starting { chunk: &chunk, machine: OWN, undo: self.config.undo };
        let progress = beginning::begin(&mut self.machine.0, &self.config, &self.host, &start);
        RunFuture { session: self, progress: Some(progress), care: Care::default() }
    }

    /// Calls a function as [`Session::call`] does, as a future: see [`Session::run_async`].
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let mut session = Session::builder()
    ///     .async_function("fetch", async |url: String| Ok(url.len()))
    ///     .build()?;
    /// session.run("function on_click(url) return fetch(url) end");
    /// let report = session.call_async("on_click", "moon.example").await;
    /// assert_eq!(report.json()?, "[12]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call_async<'c>(
        &mut self,
        callee: impl Into<Callee<'c>>,
        args: impl IntoLuaMulti,
    ) -> RunFuture<'_> {
        let lua = &mut self.machine.0;
        let (callee, args) = (callee.into(), call::values(args));
        let progress = call::begin_call(lua, &self.config, &self.host, &callee, args);
        RunFuture { session: self, progress: Some(progress), care: Care::default() }
    }
}

/// A run of [`Session::run_async`] or [`Session::call_async`]: a future of its report.
///
/// Dropped before its end, the run is undone, unless its script has returned already and it only
/// calls finalizers still. Polled again after its end it is pending for
/// good, and wakes nobody.
#[must_use]
pub struct RunFuture<'a> {
    session: &'a mut Session,
    /// Nothing once it is over.
    progress: Option<Progress>,
    care: Care<'a>,
}

impl<'a> RunFuture<'a> {
    /// Hands on what the script prints as it comes, and before a host function is called;
    /// the report's own output is empty then.
    pub fn on_output(mut self, sink: impl FnMut(&[u8]) + Send + 'a) -> Self {
        self.care.sink = Some(Box::new(sink));
        self
    }

    /// Is given what the script yields; what it returns is what `yield` returns. Without
    /// it the script just goes on.
    pub fn on_yield(
        mut self,
        take: impl FnMut(Vec<HostValue>) -> Vec<HostValue> + Send + 'a,
    ) -> Self {
        self.care.on_yield = Some(Box::new(take));
        self
    }

    /// Answers calls that are handed out, on the spot. Without it they are errors for the
    /// script.
    pub fn answer(
        mut self,
        answer: impl FnMut(&PendingCall) -> Result<Vec<HostValue>, HostError> + Send + 'a,
    ) -> Self {
        self.care.answer = Some(Box::new(answer));
        self
    }

    /// Ends the run as [`Outcome::Deadline`] when a future is there: a timer of the
    /// executor's. Host functions cannot see it: [`RunFuture::deadline`] is what they look at.
    pub fn until(mut self, deadline: impl Future<Output = ()> + Send + 'a) -> Self {
        self.care.until = Some(Box::pin(deadline));
        self
    }

    pub(crate) fn watch_mut(&mut self) -> Option<&mut crate::session::functions::watch::Watch> {
        self.progress.as_mut().map(|progress| &mut progress.watch)
    }

    /// Lets a canceller end the run as [`Outcome::Cancelled`], also while it waits.
    pub fn cancelled_by(mut self, canceller: crate::session::functions::watch::Canceller) -> Self {
        if let Some(progress) = &mut self.progress {
            progress.watch.canceller = canceller;
        }
        self
    }
}

impl Future for RunFuture<'_> {
    type Output = Report;

    fn poll(mut self: Pin<&mut Self>, wake: &mut Context<'_>) -> Poll<Report> {
        let this = &mut *self;
        let lua = &mut this.session.machine.0;
        let Some(progress) = &mut this.progress else {
            // Over already: nobody polls it again by the rules.
            return Poll::Pending;
        };
        if this.care.turn(lua, &mut this.session.host, progress, wake).is_pending() {
            return Poll::Pending;
        }
        match this.progress.take() {
            Some(progress) => Poll::Ready(end(lua, &mut this.session.host, progress)),
            None => Poll::Pending,
        }
    }
}

impl Drop for RunFuture<'_> {
    fn drop(&mut self) {
        if let Some(mut progress) = self.progress.take() {
            progress.stop(Outcome::Cancelled);
            let _ = end(&mut self.session.machine.0, &mut self.session.host, progress);
        }
    }
}

impl fmt::Debug for RunFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFuture").field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// Runs to its end as a future of the session and the report: `run.await`. Calls that are
/// handed out are errors for the script, and what it yields is let go; who has something to
/// do for the run has [`Run::step_async`].
impl IntoFuture for Run {
    type Output = (Session, Report);
    type IntoFuture = RunToEnd;

    fn into_future(self) -> RunToEnd {
        RunToEnd { run: Some(self), care: Care::default() }
    }
}

/// A [`Run`] that is awaited.
#[derive(Debug)]
#[must_use]
pub struct RunToEnd {
    run: Option<Run>,
    care: Care<'static>,
}

impl Future for RunToEnd {
    type Output = (Session, Report);

    fn poll(mut self: Pin<&mut Self>, wake: &mut Context<'_>) -> Poll<(Session, Report)> {
        let this = &mut *self;
        let Some(Run { session, progress }) = &mut this.run else { return Poll::Pending };
        let turn = this.care.turn(&mut session.machine.0, &mut session.host, progress, wake);
        match this.run.take() {
            Some(run) if turn.is_ready() => Poll::Ready(run.finish()),
            run => {
                this.run = run;
                Poll::Pending
            }
        }
    }
}

impl Run {
    /// As [`Run::step`], as a future: where the run waits for nothing but futures of its
    /// host functions, so does this, and when a slice is used up others have their turn.
    ///
    /// ```
    /// use moonfuel::{Chunk, HostError, HostValue, Session, Step};
    ///
    /// # async fn ask_somebody(_: &moonfuel::PendingCall) -> Result<Vec<HostValue>, HostError> {
    /// #     Ok(vec!["yes".into()])
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let session = Session::builder().pending_function("ask").build()?;
    /// let mut run = session.start(Chunk::new(b"return ask('may I?')"));
    /// loop {
    ///     match run.step_async(10_000).await {
    ///         Step::Pending(calls) => {
    ///             for call in calls {
    ///                 run.answer(call.id, ask_somebody(&call).await)?;
    ///             }
    ///         }
    ///         Step::Ended => break,
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(run.finish().1.json()?, r#"["yes"]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn step_async(&mut self, slice: u64) -> StepFuture<'_> {
        StepFuture { run: self, slice, alarm: None, stepped: false }
    }
}

/// A step of [`Run::step_async`].
#[derive(Debug)]
#[must_use]
pub struct StepFuture<'a> {
    run: &'a mut Run,
    slice: u64,
    alarm: Option<Alarm>,
    /// A slice is used up: only the others' turn is missing.
    stepped: bool,
}

impl Future for StepFuture<'_> {
    type Output = Step;

    fn poll(mut self: Pin<&mut Self>, wake: &mut Context<'_>) -> Poll<Step> {
        let this = &mut *self;
        if this.stepped {
            return Poll::Ready(Step::Running);
        }
        if let Waits::Answers(_) = this.run.progress.waits {
            this.alarm = Some(this.run.progress.watch.canceller.wakes(wake.waker()));
        }
        match this.run.step_with(this.slice, wake) {
            Step::Pending(calls) if calls.is_empty() => {
                if this.alarm.is_none() {
                    // It has only now begun to wait: once more, with the alarm set.
                    wake.waker().wake_by_ref();
                }
                Poll::Pending
            }
            Step::Running => {
                this.stepped = true;
                wake.waker().wake_by_ref();
                Poll::Pending
            }
            step => Poll::Ready(step),
        }
    }
}

/// What is done for a run between its steps.
#[derive(Default)]
struct Care<'a> {
    sink: Option<Box<Sink<'a>>>,
    on_yield: Option<Box<Taker<'a>>>,
    answer: Option<Box<AnswererToSend<'a>>>,
    until: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    alarm: Option<Alarm>,
}

type Sink<'a> = dyn FnMut(&[u8]) + Send + 'a;
type Taker<'a> = dyn FnMut(Vec<HostValue>) -> Vec<HostValue> + Send + 'a;
type AnswererToSend<'a> = dyn FnMut(&PendingCall) -> Result<Vec<HostValue>, HostError> + Send + 'a;

impl Care<'_> {
    /// Lets the run go on for a slice, or some calls. It is ready when it has ended.
    fn turn(
        &mut self,
        lua: &mut Lua,
        host: &mut HostTable,
        progress: &mut Progress,
        wake: &mut Context<'_>,
    ) -> Poll<()> {
        if let Some(until) = &mut self.until
            && until.as_mut().poll(wake).is_ready()
        {
            self.until = None;
            progress.stop(Outcome::Deadline);
        }
        // Before anything looks whether the run is cancelled.
        self.alarm = Some(progress.watch.canceller.wakes(wake.waker()));
        for _ in 0..STEPS {
            let moved = step(lua, host, progress, SLICE, wake);
            if let Some(sink) = &mut self.sink {
                let printed = lua.meters(|meters| meters.output.borrow_mut().take());
                if !printed.is_empty() {
                    sink(&printed);
                }
            }
            match moved {
                Moved::Ended => return Poll::Ready(()),
                Moved::Running => break,
                Moved::Called => {}
                Moved::Yielded(values) => {
                    if let (Some(take), Waits::Resumption { values: given, .. }) =
                        (&mut self.on_yield, &mut progress.waits)
                    {
                        *given = take(values);
                    }
                }
                Moved::Waiting => {
                    let mut unanswered = nobody;
                    let answer: &mut Answerer<'_> = match &mut self.answer {
                        Some(answer) => answer,
                        None => &mut unanswered,
                    };
                    if !progress.answer_all(answer) {
                        return Poll::Pending;
                    }
                }
            }
        }
        wake.waker().wake_by_ref();
        Poll::Pending
    }
}

impl fmt::Debug for Care<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Care").finish_non_exhaustive()
    }
}
