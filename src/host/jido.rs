//! `jido.*` over real files: reading, writing and looking around below one
//! directory, and nowhere else.
//!
//! Every path passes three gates: the lexical rules of `path`, the list of
//! protected files, and the walk of `place`, which resolves links component by
//! component below the root's handle and enters no directory through one, so that
//! a symlink in any component that leads outside is refused, whatever is swapped in
//! between. Failures are the two values `nil, message`; nothing here raises.
//!
//! Two places differ from jido's own callbacks on purpose: a protected file is
//! `Security error (protected_settings_file): p` in every function, and long
//! lines are measured in characters.
//!
//! With leave to write, a file that is there is overwritten or edited only if this
//! session has read or written it, and it is still what it was then.

use super::permits::Permits;
use super::process::Confiner;
use super::{declare, pace};
use crate::{HostCx, HostError, HostFunction, HostValue, Reply, SessionBuilder};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod ask;
mod background;
mod delete;
mod edit;
mod elsewhere;
mod fetch;
mod files;
mod glob;
mod grep;
mod identity;
mod list;
mod matcher;
mod options;
mod path;
mod pattern;
mod place;
mod probe;
mod programs;
mod read;
mod refusal;
mod repository;
mod seen;
mod shell;
mod stat;
mod taken;
pub(crate) mod temporary;
mod text;
mod todo;
mod turns;
mod web;
mod write;

#[cfg(test)]
mod tests;

#[cfg(feature = "cli")]
pub(crate) use elsewhere::repository_outside;
pub use options::JidoOptions;
#[cfg(feature = "cli")]
pub(crate) use options::is_shell;
use path::PathRules;
use place::{Last, Way};
pub(super) use read::reading;
pub use refusal::PathProblem;
use refusal::Refusal;
pub(in crate::host) use refusal::kind_of_refusal;

/// The file callbacks of one project directory.
///
/// ```no_run
/// use moonfuel::host::jido::{Jido, JidoOptions};
///
/// let jido = Jido::open(".".as_ref(), JidoOptions::default())?;
/// for (name, _function) in jido.functions() {
///     println!("jido.{name}");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Jido {
    dir: Dir,
    rules: PathRules,
    options: JidoOptions,
    /// What is known of protected files that have other names.
    identities: identity::Identities,
    /// What confines the programs that are started.
    confiner: Arc<Confiner>,
    /// What is to be done.
    todos: todo::Todos,
    /// The programs that go on beside the script.
    background: background::Background,
    /// How many programs are at work.
    running: Permits,
    /// How many requests are.
    #[cfg(feature = "net")]
    asking: Permits,
    /// Which of them must not be at work at once.
    at_work: Arc<std::sync::Mutex<turns::AtWork>>,
    /// Directories of repositories that are not named as such.
    git_directories: Vec<path::Components>,
    /// What the configuration of git includes below the root.
    included: path::Included,
    /// What was read and written so far.
    seen: seen::Seen,
}

/// Why a callback answers with no value.
#[derive(Debug)]
enum Failure {
    /// The message that follows `nil`.
    Told(Vec<u8>),
    /// The run's own reason: no memory, no fuel, or it must end.
    Raised(HostError),
}

impl From<Vec<u8>> for Failure {
    fn from(message: Vec<u8>) -> Self {
        Failure::Told(message)
    }
}

/// What a callback answers: one value, or why not.
type Answer = Result<HostValue, Failure>;

/// A callback before it is bound to its directory.
#[derive(Clone, Copy)]
enum Callback {
    /// It answers at once.
    Now(fn(&Jido, &mut HostCx<'_>, &[HostValue]) -> Answer),
    /// It starts something, and may answer later.
    Starts(Starter),
}

type Starter = fn(&Arc<Jido>, &mut HostCx<'_>, &[HostValue]) -> Result<Reply, Failure>;

/// The callbacks in the order in which they are registered.
const CALLBACKS: [(&str, Callback); 22] = [
    ("read_file", Callback::Now(read::read_file)),
    ("write_file", Callback::Now(write::write_file)),
    ("list_dir", Callback::Now(list::list_dir)),
    ("glob", Callback::Now(glob::glob)),
    ("file_exists", Callback::Now(probe::file_exists)),
    ("file_stat", Callback::Now(stat::file_stat)),
    ("is_file", Callback::Now(probe::is_file)),
    ("is_dir", Callback::Now(probe::is_dir)),
    ("delete_file", Callback::Now(delete::delete_file)),
    ("mkdir_p", Callback::Now(write::mkdir_p)),
    ("shell", Callback::Starts(shell::shell)),
    ("git", Callback::Starts(repository::git)),
    ("edit_file", Callback::Now(edit::edit_file)),
    ("multi_edit", Callback::Now(edit::multi_edit)),
    ("grep", Callback::Now(grep::grep)),
    ("todo_read", Callback::Now(todo::todo_read)),
    ("todo_write", Callback::Now(todo::todo_write)),
    ("shell_background", Callback::Starts(background::shell_background)),
    ("shell_output", Callback::Starts(background::shell_output)),
    ("shell_kill", Callback::Starts(background::shell_kill)),
    ("web_fetch", Callback::Starts(web::web_fetch)),
    ("ask_user", Callback::Starts(ask::ask_user)),
];

/// Returns where places are, links resolved: what a link below the root is made to lead to later
/// is not granted.
fn resolved(places: &[PathBuf]) -> Vec<PathBuf> {
    let resolve = |place: &PathBuf| place.canonicalize().unwrap_or_else(|_| place.clone());
    places.iter().map(resolve).collect()
}

impl Jido {
    /// Opens `root` and holds on to it: a later rename of the directory does
    /// not change what the callbacks see.
    ///
    /// # Errors
    ///
    /// When `root` is missing, is not a directory or may not be opened.
    pub fn open(root: &Path, options: JidoOptions) -> io::Result<Jido> {
        let dir = Dir::open_ambient_dir(root, ambient_authority())?;
        let rules = PathRules::new(root, &options.protected)?;
        if options.allow_write {
            temporary::sweep(&dir);
        }
        let git_directories = Jido::find_git_directories(&root.canonicalize()?, &rules);
        let confiner = Confiner {
            may_write: options.allow_write,
            readable: [resolved(&options.readable), repository::settings()].concat(),
            writable: resolved(&options.writable),
            ..Confiner::new(dir.try_clone()?, root.canonicalize()?)
        };
        Ok(Jido {
            dir,
            rules,
            options,
            confiner: Arc::new(confiner),
            todos: todo::Todos::default(),
            background: background::Background::default(),
            running: Permits::default(),
            #[cfg(feature = "net")]
            asking: Permits::default(),
            at_work: Arc::default(),
            git_directories,
            included: path::Included::default(),
            identities: identity::Identities::default(),
            seen: seen::Seen::default(),
        })
    }

    /// Returns the callbacks, named without their `jido.` prefix.
    pub fn functions(self) -> Vec<(&'static str, Box<dyn HostFunction>)> {
        Jido::shared_functions(&Arc::new(self))
    }

    /// As [`Jido::functions`], of one that others look at, too.
    pub fn shared_functions(jido: &Arc<Jido>) -> Vec<(&'static str, Box<dyn HostFunction>)> {
        let bind = |name, callback| -> Box<dyn HostFunction> {
            Box::new(Bound { jido: Arc::clone(jido), callback, tells: name == "read_file" })
        };
        CALLBACKS.iter().map(|&(name, callback)| (name, bind(name, callback))).collect()
    }

    /// Gives a session `jido.*`, with what is to be known about each function.
    ///
    /// ```no_run
    /// use moonfuel::Session;
    /// use moonfuel::host::jido::{Jido, JidoOptions};
    ///
    /// let jido = Jido::open(".".as_ref(), JidoOptions::default())?.into();
    /// let mut session = Jido::register(&jido, Session::builder()).build()?;
    /// session.run("print(jido.read_file('README.md', {limit = 1}))");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register(jido: &Arc<Jido>, builder: SessionBuilder) -> SessionBuilder {
        let builder = builder.host_functions("jido", Jido::shared_functions(jido));
        declare::jido().into_iter().fold(builder, SessionBuilder::declare)
    }

    /// Returns the root, as the host named it, made absolute.
    pub fn root(&self) -> PathBuf {
        self.rules.given_root()
    }

    /// Returns where a script's path leads, links resolved, as an absolute path; there need
    /// be nothing.
    ///
    /// # Errors
    /// When the path is none that scripts may use.
    pub fn validate_path(&self, path: &[u8]) -> Result<PathBuf, PathProblem> {
        let way = self.check_path(path).and_then(|relative| self.seek(&relative, Last::Follow));
        let real = match way {
            Ok(Way::There(place)) => place.real,
            Ok(Way::Missing(gap)) => gap.real,
            Err(refusal) => return Err(PathProblem::of(&refusal)),
        };
        let root = self.root();
        Ok(if real == Path::new(".") { root } else { root.join(real) })
    }

    /// Applies the lexical rules to a script's path: the way from the root, `.`
    /// for the root itself.
    fn check_path(&self, path: &[u8]) -> Result<PathBuf, Refusal> {
        self.rules.check(path)
    }
}

/// A callback over its directory.
struct Bound {
    jido: Arc<Jido>,
    callback: Callback,
    /// It tells what all of them remember.
    tells: bool,
}

impl HostFunction for Bound {
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        pace::begin(cx, args)?;
        let answer = match self.callback {
            Callback::Now(callback) => {
                callback(&self.jido, cx, args).map(|value| Reply::Now(vec![value]))
            }
            Callback::Starts(callback) => callback(&self.jido, cx, args),
        };
        match answer {
            Ok(reply) => Ok(reply),
            Err(Failure::Told(message)) => {
                Ok(Reply::Now(vec![HostValue::Nil, HostValue::String(message)]))
            }
            Err(Failure::Raised(error)) => Err(error),
        }
    }

    fn remembered(&self) -> Vec<Vec<u8>> {
        match self.tells {
            true => [self.jido.seen.notes(), self.jido.todos.notes()].concat(),
            false => Vec::new(),
        }
    }

    fn recall(&mut self, note: &[u8]) {
        if !self.jido.todos.recall(note) {
            self.jido.seen.recall(note);
        }
    }

    fn run_ended(&mut self, kept: bool) {
        self.jido.todos.run_ended(kept);
    }

    // No function of jido's raises, whatever it is given.
    fn takes_anything(&self) -> bool {
        true
    }
}
