//! What each tool does.

use super::arguments::{Arguments, Asked};
use super::budget::short;
use super::caller::Caller;
use super::check;
use super::decision::Decision;
use super::ended::{Ended, Refused, done};
use super::extensions::{CallQueue, ExtensionTools};
use super::failed::{FORGED, Failed, opened, protocol, use_up};
use super::load::Load;
use super::options::Options;
use super::questions::is_question;
use super::replay;
use super::runs::{RunContext, RunEnd, Runner};
use super::seal::Seal;
use super::sessions::{Held, Sessions};
use super::spent::Spent;
use super::suspended::Suspended;
use super::tools::{CHECK, CLOSE, EXECUTE, FORK, LIST, OPEN, REPLAY, RESET, RUN, tools};
use super::traces::Traces;
use super::turns::{Printed, Running, Threads};
use crate::base::nearest::{meant, nearest_function};
use crate::base::one_line::path_text;
use crate::drive::KeptTrace;
use crate::host::codex::Scripts;
use crate::host::permits::{Permit, Permits};
use crate::{
    Canceller, Chunk, Limits, PendingCall, Report, RestoreError, Run, Session, SessionBuilder,
};
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// Everything that calls share.
#[derive(Debug)]
pub(super) struct Dispatcher {
    pub(super) runner: Runner,
    pub(super) sessions: Sessions,
    /// Those of runs that have no session.
    alone: Permits,
    /// What the calls under way have brought.
    load: Load,
    pub(super) traces: Traces,
    spent: Spent,
    scripts: Option<Scripts>,
    queue: CallQueue,
}

/// A script that a call brings, and how it is to be run.
struct Script {
    code: Vec<u8>,
    name: String,
    args: Option<Value>,
    asked: Asked,
}

impl Script {
    fn start(&self, session: Session, canceller: &Canceller, room: usize) -> Running {
        let mut chunk = Chunk::new(&self.code).named(&self.name).limits(self.asked.limits.clone());
        chunk.args = self.args.clone();
        let mut running = Running::new(session.start(chunk), canceller, self.asked.timeout);
        running.printed = Printed::with_room(room);
        running
    }

    fn context(&self, session: Option<(String, u64)>) -> RunContext {
        RunContext { limits: self.asked.limits.clone(), session, said: BTreeMap::new() }
    }
}

/// A run that has come back, the session it belongs to, and the one it is to become.
type TakenUp = (Run, Option<Held>, Option<(String, u64)>);

/// Where a run comes from, and where what is left of it goes.
struct Origin {
    asked: Asked,
    trace: Option<KeptTrace>,
    /// The session it belongs to, which nobody else has meanwhile.
    held: Option<Held>,
    /// The session it is to become, if that is not here.
    adopted: Option<(String, u64)>,
}

impl Dispatcher {
    /// # Errors
    /// When the key, the folder of scripts or entropy cannot be had.
    pub(super) fn new(options: Options, extensions: BTreeSet<String>) -> io::Result<Dispatcher> {
        let scripts = options.scripts.as_deref().map(|folder| {
            Scripts::open(folder).map_err(|error| {
                let text = format!("the folder of scripts {}: {error}", path_text(folder));
                io::Error::new(error.kind(), text)
            })
        });
        let key = options.key.as_deref();
        let (seal, spent) = (Seal::new(key, &options.folder)?, Spent::new(key, options.thinking)?);
        Ok(Dispatcher {
            scripts: scripts.transpose()?,
            sessions: Sessions::new(options.sessions)?,
            alone: Permits::default(),
            load: Load::default(),
            traces: Traces::new(options.traces),
            spent,
            queue: CallQueue::new(extensions),
            runner: Runner {
                threads: Threads::new(options.threads),
                seal: Arc::new(seal),
                options: Arc::new(options),
            },
        })
    }

    pub(super) fn options(&self) -> &Options {
        &self.runner.options
    }

    fn own(&self) -> Asked {
        Asked { limits: self.options().limits.clone(), timeout: self.options().timeout }
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// When there is none of this name, or the client brought what it was not given.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: Option<JsonObject>,
        caller: &Caller,
    ) -> Result<CallToolResponse, ErrorData> {
        let share = self.load.take(arguments.as_ref(), caller.state.as_deref());
        let given = Arguments::new(tool, arguments);
        let never_asks = [OPEN, RESET, FORK, CLOSE, LIST, CHECK, REPLAY].contains(&tool);
        if caller.state.is_some() && never_asks {
            return Err(ErrorData::invalid_params(FORGED, None));
        }
        let result = match tool {
            _ if share.is_none() => {
                let text = "the calls at work have brought as much as is kept of them at a time: \
                            try again when some are done";
                Err(Refused::new("busy", text).into())
            }
            EXECUTE => self.execute(given, caller).await,
            RUN => self.run(given, caller).await,
            OPEN => self.open(given, caller).await.map(CallToolResponse::from),
            RESET => self.reset(given, caller).await.map(CallToolResponse::from),
            FORK => self.fork(given, caller).await.map(CallToolResponse::from),
            CLOSE => self.close(given).await.map(CallToolResponse::from),
            LIST => self.list(given).map(CallToolResponse::from),
            CHECK => self.check(given).await.map(CallToolResponse::from),
            REPLAY => self.replay(given, caller).await.map(CallToolResponse::from),
            _ => {
                let given = given.rest();
                let extension_tools =
                    ExtensionTools { runner: &self.runner, queue: &self.queue, spent: &self.spent };
                let called = extension_tools.call(tool, given, caller).await;
                let unknown = || {
                    let own = tools(self.options());
                    let names = own.iter().map(|known| &*known.name).chain(self.queue.names());
                    let meant = meant(nearest_function(tool, names));
                    let text = format!("there is no tool '{}'{meant}", short(tool));
                    ErrorData::invalid_params(text, None)
                };
                called.ok_or_else(unknown)?
            }
        };
        match result {
            Ok(response) => Ok(response),
            Err(Failed::Protocol(error)) => Err(error),
            Err(Failed::Told(refused)) => Ok(CallToolResponse::from(match tool {
                EXECUTE | RUN => refused.run_result(self.options().limits.fuel),
                _ => refused.result(),
            })),
        }
    }

    /// Takes the script that a call brings.
    fn script(&self, given: &mut Arguments) -> Result<Script, Failed> {
        given.renamed("code", "script")?;
        let (code, name) = (given.text("script")?, given.text("script_name")?);
        let (code, name) = match (code, name, &self.scripts) {
            (Some(_), Some(_), _) => {
                return Err("'script' and 'script_name' exclude one another".to_owned().into());
            }
            (Some(code), None, _) => (code.into_bytes(), "=script".to_owned()),
            (None, Some(name), Some(scripts)) => {
                let found = scripts.named(&name);
                found.map_err(|e| Refused::new("not_found", short(&e.to_string())))?
            }
            (None, Some(_), None) => {
                return Err("this server has no scripts of its own: give 'script'"
                    .to_owned()
                    .into());
            }
            (None, None, _) => return Err("the argument 'script' is missing".to_owned().into()),
        };
        let args = given.value("args");
        Ok(Script { code, name, args, asked: given.limits(&self.own())? })
    }

    fn builder(&self, caller: &Caller) -> Result<SessionBuilder, Failed> {
        let made = self.options().makers.script(caller.can_ask());
        made.map_err(|text| Refused::new("internal", text).into())
    }

    /// Makes a session, on a thread: that may look at files.
    async fn session(
        &self,
        caller: &Caller,
        seed: Option<u64>,
        trace: Option<KeptTrace>,
    ) -> Result<Session, Failed> {
        let mut builder = self.builder(caller)?;
        if let Some(seed) = seed {
            builder = builder.seed(seed);
        }
        if let Some(sink) = trace {
            builder = builder.record(sink);
        }
        let made = self.runner.threads.run(move || builder.build()).await?;
        made.map_err(|error| Refused::new(error.kind.name(), error.to_string()).into())
    }

    /// Tells whether runs are recorded unless the call says otherwise: a run that is cannot be
    /// put aside while the user is asked.
    fn records(&self, caller: &Caller) -> bool {
        self.options().asked.is_empty() || !caller.can_ask()
    }

    /// Admits a run without a session: each may take as much memory as a session, and all that
    /// are at work take turns, so there are no more of them than there may be sessions.
    fn admit(&self) -> Result<Permit, Refused> {
        let most = self.options().sessions.max(self.options().threads);
        self.alone.take(most).ok_or_else(|| {
            Refused::new(
                "busy",
                format!("{most} scripts are at work: try again when some are done"),
            )
        })
    }

    async fn execute(
        &self,
        mut given: Arguments,
        caller: &Caller,
    ) -> Result<CallToolResponse, Failed> {
        let script = self.script(&mut given)?;
        let (seed, trace) = (given.count("seed")?, given.flag("trace")?);
        given.end()?;
        let _permit = self.admit()?;
        if caller.state.is_some() {
            return self.come_again(caller, script.asked, None).await;
        }
        let sink = trace.unwrap_or(self.records(caller)).then(|| self.traces.sink()).flatten();
        let session = match self.session(caller, seed, sink.clone()).await {
            // Not every session can be recorded; whoever did not ask for it need not know.
            Err(Failed::Told(refused))
                if sink.is_some() && trace.is_none() && refused.kind == "usage" =>
            {
                self.session(caller, seed, None).await?
            }
            made => made?,
        };
        let running = script.start(session, &caller.canceller, self.options().result);
        let context = script.context(None);
        let origin = Origin { asked: script.asked, trace: sink, held: None, adopted: None };
        self.go_on(running, caller, context, origin).await
    }

    async fn run(&self, mut given: Arguments, caller: &Caller) -> Result<CallToolResponse, Failed> {
        let handle = given.needed("session")?;
        let script = self.script(&mut given)?;
        given.end()?;
        if caller.state.is_some() {
            return self.come_again(caller, script.asked, Some(handle)).await;
        }
        let mut held = self.sessions.hold(&handle, &caller.canceller).await?;
        let version = held.kept.version;
        let Some(session) = held.kept.session.take() else {
            return Err(Refused::new("internal", "the session is gone").into());
        };
        let running = script.start(session, &caller.canceller, self.options().result);
        let context = script.context(Some((handle, version)));
        let origin = Origin { asked: script.asked, trace: None, held: Some(held), adopted: None };
        self.go_on(running, caller, context, origin).await
    }

    /// Goes on with a run that the client has kept.
    async fn come_again(
        &self,
        caller: &Caller,
        own: Asked,
        handle: Option<String>,
    ) -> Result<CallToolResponse, Failed> {
        let sealed = caller.state.as_deref().unwrap_or_default();
        let bytes = opened(&self.runner.seal, sealed, &caller.fingerprint)?;
        let kept = Suspended::read(&bytes)
            .ok_or_else(|| protocol("requestState is of another version of this server"))?;
        if kept.session.as_ref().map(|(handle, _)| handle) != handle.as_ref() {
            return Err(protocol("requestState belongs to another session"));
        }
        use_up(&self.spent, &kept.name)?;
        let taken = self.take_up(caller, &kept).await;
        // Nothing was done: another process may be able to, or this one later.
        let (run, held, adopted) = taken.inspect_err(|_| self.spent.give_back(&kept.name))?;
        let mut said = kept.said;
        for call in run.pending() {
            if let Some(answer) = caller.answers.get(&super::runs::key(&call)) {
                said.insert(call.id, Decision::read(answer));
            }
        }
        let limits = Limits { fuel: kept.fuel, ..own.limits };
        let timeout = kept.left.map(|left| own.timeout.map_or(left, |own| own.min(left)));
        let mut running = Running::new(run, &caller.canceller, timeout);
        running.printed = kept.printed;
        let context = RunContext { limits: limits.clone(), session: kept.session, said };
        let asked = Asked { limits, timeout: own.timeout };
        let origin = Origin { asked, trace: None, held, adopted };
        self.go_on(running, caller, context, origin).await
    }

    /// Makes a run again that the client has kept, and takes the session it belongs to, or
    /// says which one it becomes.
    async fn take_up(&self, caller: &Caller, kept: &Suspended) -> Result<TakenUp, Failed> {
        let mut adopted = None;
        let mut held = None;
        if let Some((handle, version)) = &kept.session {
            if self.sessions.is_open(handle) {
                let own = self.sessions.hold(handle, &caller.canceller).await?;
                if own.kept.version != *version {
                    let text = "the session was used since: call again without requestState";
                    return Err(Refused::usage(text).into());
                }
                held = Some(own);
            } else {
                self.sessions.may_adopt(handle)?;
                adopted = Some((handle.clone(), *version));
            }
        }
        let builder = self.builder(caller)?;
        let bytes = kept.run.clone();
        let restored = self.runner.threads.run(move || builder.restore_run(&bytes)).await?;
        let cannot = |kind, why: &str| {
            let text = format!("the run cannot go on here, and the answer is not used up: {why}");
            Failed::from(Refused::new(kind, text))
        };
        let run = restored.map_err(|error| {
            let kind = match error {
                RestoreError::Memory { .. } => "memory",
                _ => "usage",
            };
            cannot(kind, &error.to_string())
        })?;
        let asks =
            |call: &PendingCall| is_question(call) || self.options().asked.contains(&call.name);
        if let Some(call) = run.pending().iter().find(|call| !asks(call)) {
            let why =
                format!("this server does not ask about {} (--ask, as where it began)", call.name);
            return Err(cannot("usage", &why));
        }
        Ok((run, held, adopted))
    }

    /// Drives a run to its end, and makes the result.
    async fn go_on(
        &self,
        running: Running,
        caller: &Caller,
        context: RunContext,
        mut origin: Origin,
    ) -> Result<CallToolResponse, Failed> {
        let handle = context.session.as_ref().map(|(handle, _)| handle.clone());
        let end = self.runner.drive(running, caller, context).await?;
        let (mut limited, most) = (None, self.options().limits.clone());
        let (session, report, printed) = match end {
            RunEnd::Asks(result, session) => {
                // It is as it was before the run, which the client has now.
                if let Some(held) = &mut origin.held {
                    held.kept.session = Some(*session);
                }
                return Ok(result.into());
            }
            RunEnd::Ended(ended) => *ended,
            RunEnd::Limited(ended, function) => {
                limited = Some(function);
                *ended
            }
        };
        self.keep(session, &report, &mut origin)?;
        let trace = origin.trace.as_ref().and_then(|sink| self.traces.keep(sink));
        let Asked { limits, timeout } = origin.asked;
        let ended =
            Ended { report, printed, limits, most, timeout, limited, session: handle, trace };
        Ok(CallToolResponse::from(ended.result(self.options().result)))
    }

    /// Puts a session where it belongs.
    fn keep(&self, session: Session, report: &Report, origin: &mut Origin) -> Result<(), Failed> {
        if let Some(held) = &mut origin.held {
            held.kept.session = Some(session);
            held.kept.version += u64::from(report.is_done());
        } else if let Some((handle, version)) = origin.adopted.take() {
            self.sessions.adopt(&handle, session, version + 1)?;
        }
        // Whatever else there is of a session's ends here, its trace too.
        Ok(())
    }

    async fn open(&self, mut given: Arguments, caller: &Caller) -> Result<CallToolResult, Failed> {
        let (seed, trace) = (given.count("seed")?, given.flag("trace")?);
        given.end()?;
        let sink = trace.unwrap_or(false).then(|| self.traces.sink()).flatten();
        let session = self.session(caller, seed, sink.clone()).await?;
        let handle = self.sessions.add(session, sink, seed)?;
        Ok(done(format!("session {handle}"), json!({"ok": true, "session": handle})))
    }

    async fn reset(&self, mut given: Arguments, caller: &Caller) -> Result<CallToolResult, Failed> {
        let handle = given.needed("session")?;
        given.end()?;
        let mut held = self.sessions.hold(&handle, &caller.canceller).await?;
        let sink = held.kept.trace.is_some().then(|| self.traces.sink()).flatten();
        let session = self.session(caller, held.kept.seed, sink.clone()).await?;
        held.kept.session = Some(session);
        held.kept.version += 1;
        held.kept.trace = sink;
        Ok(done(format!("session {handle} is empty"), json!({"ok": true, "session": handle})))
    }

    async fn fork(&self, mut given: Arguments, caller: &Caller) -> Result<CallToolResult, Failed> {
        let handle = given.needed("session")?;
        given.end()?;
        let builder = self.builder(caller)?;
        let mut held = self.sessions.hold(&handle, &caller.canceller).await?;
        let Some(mut session) = held.kept.session.take() else {
            return Err(Refused::new("internal", "the session is gone").into());
        };
        let (session, forked) = self
            .runner
            .threads
            .run(move || {
                let forked = session.fork(builder);
                (session, forked)
            })
            .await?;
        held.kept.session = Some(session);
        let forked = forked.map_err(|e| Refused::usage(format!("it cannot be forked: {e}")))?;
        let new = self.sessions.add(forked, None, held.kept.seed)?;
        Ok(done(format!("session {new}, as {handle}"), json!({"ok": true, "session": new})))
    }

    async fn close(&self, mut given: Arguments) -> Result<CallToolResult, Failed> {
        let handle = given.needed("session")?;
        given.end()?;
        let sink = self.sessions.close(&handle).await?;
        let mut structured = json!({"ok": true});
        if let Some(uri) = sink.and_then(|sink| self.traces.keep(&sink)) {
            structured["trace"] = uri.into();
        }
        Ok(done(format!("session {handle} is closed"), structured))
    }

    fn list(&self, given: Arguments) -> Result<CallToolResult, Failed> {
        given.end()?;
        let sessions = self.sessions.list();
        let text = match sessions.len() {
            0 => "no session is open".to_owned(),
            _ => sessions.iter().map(|(handle, _)| handle.as_str()).collect::<Vec<_>>().join("\n"),
        };
        let sessions: Vec<Value> = sessions
            .into_iter()
            .map(|(handle, at_work)| json!({"session": handle, "at_work": at_work}))
            .collect();
        Ok(done(text, json!({"ok": true, "sessions": sessions})))
    }

    async fn check(&self, mut given: Arguments) -> Result<CallToolResult, Failed> {
        given.renamed("code", "script")?;
        let code = given.needed("script")?;
        let name = given.text("name")?.unwrap_or_else(|| "script".to_owned());
        given.end()?;
        check::fits(&code)?;
        let builder =
            self.options().makers.script(true).map_err(|text| Refused::new("internal", text))?;
        let budget = self.options().result;
        let checked = self.runner.threads.run(move || {
            let mut session = builder.build()?;
            Ok(check::check(&mut session, code.as_bytes(), &format!("={name}"), budget))
        });
        let checked: Result<_, crate::LuaError> = checked.await?;
        checked.map_err(|error| Refused::new(error.kind.name(), error.to_string()).into())
    }

    async fn replay(
        &self,
        mut given: Arguments,
        caller: &Caller,
    ) -> Result<CallToolResult, Failed> {
        let (uri, text) = (given.text("trace")?, given.text("text")?);
        given.end()?;
        let text: Arc<[u8]> = match (uri, text) {
            (Some(uri), None) => self.traces.get(&uri).ok_or_else(|| {
                let text = format!("no trace is kept as '{}'", short(&uri));
                Refused::new("not_found", text)
            })?,
            (None, Some(text)) => {
                replay::fits(text.as_bytes(), &self.options().limits)?;
                text.into_bytes().into()
            }
            _ => return Err("give one of 'trace' and 'text'".to_owned().into()),
        };
        let (canceller, budget) = (caller.canceller.clone(), self.options().result);
        Ok(self.runner.threads.run(move || replay::replay(&text, &canceller, budget)).await??)
    }
}
