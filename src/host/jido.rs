//! `jido.*` over real files: reading, writing and looking around below one
//! directory, and nowhere else.
//!
//! Every path passes three gates: the lexical rules of `path`, the list of
//! protected files, and the kernel (cap-std opens each path *beneath* the root,
//! so a symlink in any component that leads outside is refused at the moment of
//! opening, whatever was swapped in between). Failures are the two values
//! `nil, message`; nothing here raises.
//!
//! Two places differ from jido's own callbacks on purpose: a protected file is
//! `Security error (protected_settings_file): p` in every function, and long
//! lines are measured in characters. Symlinks with an absolute target are
//! refused even when they point back inside the root.

use super::pace;
use crate::{HostCx, HostError, HostFunction, HostValue, Reply};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod files;
mod identity;
mod list;
mod path;
mod pattern;
mod probe;
mod read;
mod refusal;
mod temporary;
mod text;
mod write;

#[cfg(test)]
mod tests;

use path::PathRules;
pub(super) use read::reading;
use refusal::Refusal;

/// The size of ten mebibytes, the default for reading and for writing.
const TEN_MIB: u64 = 10 * 1024 * 1024;

/// What a [`Jido`] allows; the default only reads.
#[derive(Clone, Debug)]
pub struct JidoOptions {
    /// Whether `write_file` works.
    pub allow_write: bool,
    /// Files no function touches: a path is protected when it *ends* in one of
    /// these, compared by component and without regard to ASCII case.
    pub protected: Vec<String>,
    /// The largest file `read_file` reads, in bytes. Its formatted result may
    /// be twice as large.
    pub read_limit: u64,
    /// The largest content `write_file` writes, in bytes.
    pub write_limit: u64,
}

impl Default for JidoOptions {
    fn default() -> Self {
        JidoOptions {
            allow_write: false,
            protected: vec![".jido_code/settings.json".to_owned()],
            read_limit: TEN_MIB,
            write_limit: TEN_MIB,
        }
    }
}

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
type Callback = fn(&Jido, &mut HostCx<'_>, &[HostValue]) -> Answer;

/// The callbacks in the order in which they are registered.
const CALLBACKS: [(&str, Callback); 6] = [
    ("read_file", read::read_file),
    ("write_file", write::write_file),
    ("list_dir", list::list_dir),
    ("file_exists", probe::file_exists),
    ("is_file", probe::is_file),
    ("is_dir", probe::is_dir),
];

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
        Ok(Jido { dir, rules, options, identities: identity::Identities::default() })
    }

    /// Returns the callbacks, named without their `jido.` prefix.
    pub fn functions(self) -> Vec<(&'static str, Box<dyn HostFunction>)> {
        let jido = Arc::new(self);
        let bind = |callback| -> Box<dyn HostFunction> {
            Box::new(Bound { jido: Arc::clone(&jido), callback })
        };
        CALLBACKS.iter().map(|&(name, callback)| (name, bind(callback))).collect()
    }

    /// Applies the lexical rules to a script's path: the way from the root, `.`
    /// for the root itself.
    fn check_path(&self, path: &[u8]) -> Result<PathBuf, Refusal> {
        self.rules.check(path)
    }

    /// Follows the links of a checked path and applies the list of protected
    /// files to where they end.
    fn locate(&self, relative: &Path) -> Result<PathBuf, Refusal> {
        let real = self.dir.canonicalize(relative)?;
        self.rules.check_protected(&real)?;
        Ok(if real.as_os_str().is_empty() { PathBuf::from(".") } else { real })
    }
}

/// A callback over its directory.
struct Bound {
    jido: Arc<Jido>,
    callback: Callback,
}

impl HostFunction for Bound {
    fn call(&mut self, cx: &mut HostCx<'_>, args: &mut [HostValue]) -> Result<Reply, HostError> {
        pace::begin(cx, args)?;
        match (self.callback)(&self.jido, cx, args) {
            Ok(value) => Ok(Reply::Now(vec![value])),
            Err(Failure::Told(message)) => {
                Ok(Reply::Now(vec![HostValue::Nil, HostValue::String(message)]))
            }
            Err(Failure::Raised(error)) => Err(error),
        }
    }
}
