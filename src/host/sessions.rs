//! Sessions by name, many at once on a few threads.
//!
//! Each session runs one script at a time; others wait in a queue of its own. A thread has a
//! run only for a slice: whoever waits (for a program, an answer, its turn) has none.

use crate::host::jido::{Jido, PathProblem, kind_of_refusal};
use crate::session::{nobody, read_bounded};
use crate::{Chunk, HostError, HostValue, LuaError, PendingCall, Report, Session, SessionBuilder};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

mod slot;
mod ticket;
mod workers;

use slot::{Job, Slot, Work};
pub use ticket::Ticket;
use workers::Shared;

/// How [`Sessions`] runs them: threads, queues, time.
#[derive(Clone, Debug)]
pub struct SessionsOptions {
    /// How many threads run them.
    pub threads: usize,
    /// How many calls may wait for a session; more are refused as busy.
    pub queue: usize,
    /// The time on the clock that a run has where its caller says none.
    pub timeout: Duration,
}

impl Default for SessionsOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, |count| count.get().min(4));
        SessionsOptions { threads, queue: 16, timeout: Duration::from_secs(30) }
    }
}

/// Why something cannot be done with a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionsError {
    /// There is no session of this name.
    NotFound(String),
    /// There is one of this name already.
    AlreadyOpen(String),
    /// Too many calls wait for it.
    Busy(String),
    /// A path is none that its scripts may use.
    Path(PathProblem),
    /// The run failed, or the session could not be made.
    Lua(LuaError),
    /// A function of the host said no.
    Refused(String),
}

impl SessionsError {
    /// Returns the name of the kind: `not_found`, `already_open`, `busy`, that of the
    /// path's problem, `refused`, or that of the error of the run.
    pub fn kind(&self) -> &str {
        match self {
            SessionsError::NotFound(_) => "not_found",
            SessionsError::AlreadyOpen(_) => "already_open",
            SessionsError::Busy(_) => "busy",
            SessionsError::Path(problem) => problem.name(),
            SessionsError::Lua(error) => error.kind.name(),
            SessionsError::Refused(text) => kind_of_refusal(text).unwrap_or("refused"),
        }
    }
}

impl fmt::Display for SessionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionsError::NotFound(id) => write!(f, "no session is named {id:?}"),
            SessionsError::AlreadyOpen(id) => write!(f, "a session named {id:?} is open already"),
            SessionsError::Busy(id) => write!(f, "too many calls wait for the session {id:?}"),
            SessionsError::Path(problem) => write!(f, "{problem}"),
            SessionsError::Lua(error) => write!(f, "{error}"),
            SessionsError::Refused(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for SessionsError {}

impl From<LuaError> for SessionsError {
    fn from(error: LuaError) -> Self {
        SessionsError::Lua(error)
    }
}

/// Which lines of a file are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines {
    /// The first line, from 1.
    pub offset: Option<i64>,
    /// How many lines.
    pub limit: Option<i64>,
}

/// What answers calls that are handed out, such as `jido.ask_user`.
type Answerer = dyn Fn(&str, &PendingCall) -> Result<Vec<HostValue>, HostError> + Send + Sync;

/// Sessions by name.
///
/// ```
/// use moonfuel::Session;
/// use moonfuel::host::sessions::Sessions;
///
/// let sessions = Sessions::default();
/// sessions.open("s1", Session::builder().build()?)?;
/// sessions.run_lua("s1", "counter = 41", None)?;
/// let report = sessions.run_lua("s1", "return counter + 1", None)?;
/// assert_eq!(report.json()?, "[42]");
/// assert_eq!(sessions.run_lua("s2", "return 1", None).unwrap_err().kind(), "not_found");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sessions {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("ids", &self.ids()).finish_non_exhaustive()
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Sessions::new(SessionsOptions::default())
    }
}

impl Sessions {
    /// Starts the threads, with no session open yet.
    pub fn new(options: SessionsOptions) -> Sessions {
        Sessions::make(options, Box::new(|_, call| nobody(call)))
    }

    /// As [`Sessions::new`], with somebody who answers the calls that are handed out, given the
    /// name of the session. He is asked on a thread that runs sessions, and holds it up.
    pub fn answering(
        options: SessionsOptions,
        answer: impl Fn(&str, &PendingCall) -> Result<Vec<HostValue>, HostError> + Send + Sync + 'static,
    ) -> Sessions {
        Sessions::make(options, Box::new(answer))
    }

    fn make(options: SessionsOptions, answer: Box<Answerer>) -> Sessions {
        let threads = options.threads.max(1);
        let shared = Arc::new(Shared::new(options, answer));
        let workers = (0..threads).filter_map(|_| {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name("moonfuel-sessions".to_owned());
            thread.spawn(move || workers::work(&shared)).ok()
        });
        let workers = workers.collect();
        Sessions { shared, workers }
    }

    /// Opens a session under a name.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn open(&self, id: impl Into<String>, session: Session) -> Result<(), SessionsError> {
        self.add(id.into(), session, None)
    }

    /// Opens a session with `jido.*` on a directory, made of a description that may have more.
    ///
    /// # Errors
    /// When the name is taken, or the session cannot be made.
    pub fn open_jido(
        &self,
        id: impl Into<String>,
        jido: Jido,
        builder: SessionBuilder,
    ) -> Result<(), SessionsError> {
        let jido = Arc::new(jido);
        let session = Jido::register(&jido, builder).build()?;
        self.add(id.into(), session, Some(jido))
    }

    fn add(
        &self,
        id: String,
        mut session: Session,
        jido: Option<Arc<Jido>>,
    ) -> Result<(), SessionsError> {
        let mut functions = BTreeMap::new();
        if jido.is_some() {
            for name in CALLED_BY_THE_HOST {
                // The script may change its globals later: what is called is held now.
                functions.insert(name, session.function(&format!("jido.{name}"))?);
            }
        }
        let mut slots = self.shared.slots();
        if slots.contains_key(&id) {
            return Err(SessionsError::AlreadyOpen(id));
        }
        slots.insert(id.clone(), Arc::new(Slot::new(id, session, jido, functions)));
        Ok(())
    }

    /// Closes a session: what it runs is cancelled, and so is what waits for it.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn close(&self, id: &str) -> Result<(), SessionsError> {
        let slot = self.shared.slots().remove(id);
        let slot = slot.ok_or_else(|| SessionsError::NotFound(id.to_owned()))?;
        self.shared.close(&slot);
        Ok(())
    }

    /// Returns the names of the open sessions, in order.
    pub fn ids(&self) -> Vec<String> {
        self.shared.slots().keys().cloned().collect()
    }

    /// Begins a script in a session; it runs when those before it are done. Its time begins
    /// with it.
    ///
    /// # Errors
    /// When there is no session of this name, or too many calls wait for it.
    pub fn begin(
        &self,
        id: &str,
        chunk: Chunk<'_>,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Ticket, SessionsError> {
        self.submit(id, Work::chunk(chunk), timeout.into())
    }

    /// Runs a script in a session and waits for its end. What it sets stays for later runs,
    /// unless it fails. Without a timeout it has 30 seconds, or what the options say.
    ///
    /// # Errors
    /// When there is no session of this name, or too many calls wait for it; or when it is
    /// closed before the script began.
    pub fn run_lua(
        &self,
        id: &str,
        script: &str,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Report, SessionsError> {
        self.begin(id, Chunk::new(script.as_bytes()), timeout)?.wait()
    }

    /// Runs a script in a session that is made for it alone, and is gone with it.
    ///
    /// # Errors
    /// When the session cannot be made.
    pub fn execute(
        &self,
        builder: SessionBuilder,
        chunk: Chunk<'_>,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Report, SessionsError> {
        let session = builder.build()?;
        let slot = Arc::new(Slot::new(String::new(), session, None, BTreeMap::new()));
        let timeout = timeout.into().unwrap_or(self.shared.options.timeout);
        let (job, ticket) = Job::new(Work::chunk(chunk), timeout);
        self.shared.submit(&slot, job)?;
        ticket.wait()
    }

    fn submit(
        &self,
        id: &str,
        work: Work,
        timeout: Option<Duration>,
    ) -> Result<Ticket, SessionsError> {
        let slot = self.slot(id)?;
        let (job, ticket) = Job::new(work, timeout.unwrap_or(self.shared.options.timeout));
        self.shared.submit(&slot, job)?;
        Ok(ticket)
    }

    fn slot(&self, id: &str) -> Result<Arc<Slot>, SessionsError> {
        let slot = self.shared.slots().get(id).cloned();
        slot.ok_or_else(|| SessionsError::NotFound(id.to_owned()))
    }

    fn jido(&self, id: &str) -> Result<Arc<Jido>, SessionsError> {
        let slot = self.slot(id)?;
        slot.jido.clone().ok_or_else(|| SessionsError::NotFound(format!("{id}: jido")))
    }

    /// Returns the root of a session's `jido.*`.
    ///
    /// # Errors
    /// When there is no such session.
    pub fn project_root(&self, id: &str) -> Result<PathBuf, SessionsError> {
        Ok(self.jido(id)?.root())
    }

    /// Returns the name of a session, if it is open.
    ///
    /// # Errors
    /// When there is no such session.
    pub fn session_id(&self, id: &str) -> Result<String, SessionsError> {
        Ok(self.slot(id)?.id.clone())
    }

    /// Returns where a path leads that a session's scripts may use, as an absolute one.
    ///
    /// # Errors
    /// When there is no such session, or the path is none of its scripts'.
    pub fn validate_path(&self, id: &str, path: &[u8]) -> Result<PathBuf, SessionsError> {
        self.jido(id)?.validate_path(path).map_err(SessionsError::Path)
    }

    /// Calls a function `jido.*` of a session as a script would, through all that stands
    /// before it, with these values. Returns its one result, as JSON.
    ///
    /// # Errors
    /// When there is no such session or function, or the function said no.
    pub fn call(
        &self,
        id: &str,
        name: &str,
        args: Vec<HostValue>,
    ) -> Result<serde_json::Value, SessionsError> {
        let slot = self.slot(id)?;
        let function = slot.functions.get(name).cloned();
        let function = function.ok_or_else(|| SessionsError::NotFound(format!("jido.{name}")))?;
        let report = self.submit(id, Work::Call(function, args), None)?.wait()?;
        let results = report.json()?;
        let mut results = match read_bounded(results.as_bytes()) {
            Ok(serde_json::Value::Array(results)) => results.into_iter(),
            _ => return Err(SessionsError::Refused("the results are no array".to_owned())),
        };
        match (results.next(), results.next()) {
            (None | Some(serde_json::Value::Null), Some(serde_json::Value::String(text))) => {
                Err(SessionsError::Refused(text))
            }
            (value, _) => Ok(value.unwrap_or_default()),
        }
    }

    /// Reads lines of a file, numbered, as `jido.read_file` does.
    ///
    /// # Errors
    /// As [`Sessions::call`].
    pub fn read_file(
        &self,
        id: &str,
        path: impl AsRef<[u8]>,
        lines: Lines,
    ) -> Result<String, SessionsError> {
        let fields = [("offset", lines.offset), ("limit", lines.limit)];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?.into())));
        let args = vec![bytes(path), HostValue::object(fields)];
        match self.call(id, "read_file", args)? {
            serde_json::Value::String(text) => Ok(text),
            other => Err(SessionsError::Refused(format!("read_file returned {other}"))),
        }
    }

    /// Writes a file, as `jido.write_file` does.
    ///
    /// # Errors
    /// As [`Sessions::call`].
    pub fn write_file(
        &self,
        id: &str,
        path: impl AsRef<[u8]>,
        content: impl AsRef<[u8]>,
    ) -> Result<(), SessionsError> {
        self.call(id, "write_file", vec![bytes(path), bytes(content)]).map(drop)
    }

    /// Lists the names in a directory, as `jido.list_dir` does.
    ///
    /// # Errors
    /// As [`Sessions::call`].
    pub fn list_dir(&self, id: &str, path: impl AsRef<[u8]>) -> Result<Vec<String>, SessionsError> {
        let listed = self.call(id, "list_dir", vec![bytes(path)])?;
        let entries = listed.as_array().map(Vec::as_slice).unwrap_or_default();
        let names = entries.iter().filter_map(|entry| entry.get("name")?.as_str());
        Ok(names.map(str::to_owned).collect())
    }
}

/// The functions that the host itself calls.
const CALLED_BY_THE_HOST: [&str; 14] = [
    "read_file",
    "write_file",
    "list_dir",
    "glob",
    "file_exists",
    "file_stat",
    "is_file",
    "is_dir",
    "delete_file",
    "mkdir_p",
    "shell",
    "git",
    "edit_file",
    "grep",
];

fn bytes(value: impl AsRef<[u8]>) -> HostValue {
    HostValue::String(value.as_ref().to_vec())
}

impl Drop for Sessions {
    fn drop(&mut self) {
        let slots = std::mem::take(&mut *self.shared.slots());
        for slot in slots.values() {
            self.shared.close(slot);
        }
        self.shared.stop();
        for worker in self.workers.drain(..) {
            // A thread that panicked has told so itself.
            let _ = worker.join();
        }
    }
}
