//! The extensions of a user and a project, as long as they live.

use super::context::CallContext;
use super::discover::{Extension, Folder, Origin, in_folders, read, usual_folders};
use super::error::ImpError;
use super::registry::{CommandSummary, Kind, ToolDefinition};
use super::runtime::Runtime;
use super::tool::ToolOutput;
use crate::base::one_line::path_text;
use crate::session::lock;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What came of loading an extension.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The extension.
    pub extension: Extension,
    /// Why it is not there.
    pub error: Option<ImpError>,
}

/// The extensions that are found in two places, loaded into one [`Runtime`], and loaded anew
/// when they have changed.
///
/// ```no_run
/// use moonfuel::host::imp::{Extensions, RuntimeBuilder};
///
/// let make = || RuntimeBuilder::default().build();
/// let extensions = Extensions::load(Some("config/imp".into()), None, make)?;
/// for loaded in extensions.report().iter().filter(|loaded| loaded.error.is_some()) {
///     println!("{}: {:?}", loaded.extension.name, loaded.error);
/// }
/// println!("{} tools", extensions.runtime().lock().unwrap().counts().tools);
/// # Ok::<(), moonfuel::host::imp::ImpError>(())
/// ```
pub struct Extensions {
    folders: Vec<Folder>,
    make: Box<Maker>,
    current: Mutex<Set>,
    /// Whoever loads them anew has it, so that what was read later is put in place later.
    loading: Mutex<()>,
}

type Maker = dyn Fn() -> Result<Runtime, ImpError> + Send + Sync;

/// What one loading has made.
#[derive(Clone)]
struct Set {
    runtime: Arc<Mutex<Runtime>>,
    report: Arc<Vec<Loaded>>,
    /// Stands for their names and texts.
    #[cfg_attr(not(feature = "mcp"), expect(dead_code, reason = "the server asks for it"))]
    digest: String,
    /// Which names are in two of them.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the command asks for it"))]
    doubled: Vec<String>,
}

impl Extensions {
    /// Finds and loads the extensions in a user's and a project's folder: see [`discover()`](super::discover()).
    /// One that fails registers nothing and does not keep the others from being loaded.
    ///
    /// # Errors
    /// When the runtime itself cannot be made.
    pub fn load(
        user: Option<PathBuf>,
        project: Option<PathBuf>,
        make: impl Fn() -> Result<Runtime, ImpError> + Send + Sync + 'static,
    ) -> Result<Extensions, ImpError> {
        Extensions::of(usual_folders(user.as_deref(), project.as_deref()), Box::new(make))
    }

    /// Finds and loads the extensions in folders that the host names: the files `NAME.lua` and
    /// `NAME/init.lua` of each, in the order of their names, the first folder's first. Of two
    /// with the same name the first one counts.
    ///
    /// # Errors
    /// As [`Extensions::load`].
    pub fn from_folders(
        folders: impl IntoIterator<Item = PathBuf>,
        make: impl Fn() -> Result<Runtime, ImpError> + Send + Sync + 'static,
    ) -> Result<Extensions, ImpError> {
        let folders = folders.into_iter().map(|folder| (folder, Origin::Named)).collect();
        Extensions::of(folders, Box::new(make))
    }

    fn of(folders: Vec<Folder>, make: Box<Maker>) -> Result<Extensions, ImpError> {
        let set = load_set(&folders, &make)?;
        Ok(Extensions { folders, make, current: Mutex::new(set), loading: Mutex::default() })
    }

    /// Returns the runtime that is in use now. Calls that hold it go on with it after
    /// a [`reload`](Extensions::reload).
    pub fn runtime(&self) -> Arc<Mutex<Runtime>> {
        Arc::clone(&lock(&self.current).runtime)
    }

    /// Returns what came of loading each extension, in their order.
    pub fn report(&self) -> Arc<Vec<Loaded>> {
        Arc::clone(&lock(&self.current).report)
    }

    /// Returns what stands for the names and the texts of the extensions.
    #[cfg(feature = "mcp")]
    pub(crate) fn digest(&self) -> String {
        lock(&self.current).digest.clone()
    }

    /// Returns what is said of names that two extensions have given a tool or a command.
    #[cfg(feature = "cli")]
    pub(crate) fn doubled(&self) -> Vec<String> {
        lock(&self.current).doubled.clone()
    }

    /// Finds and loads the extensions anew, into a runtime of their own, which is used from
    /// the next call on. Calls that are at work end on the old one.
    ///
    /// # Errors
    /// When the runtime itself cannot be made: the old one stays.
    pub fn reload(&self) -> Result<(), ImpError> {
        let _loading = lock(&self.loading);
        let set = load_set(&self.folders, &self.make)?;
        *lock(&self.current) = set;
        Ok(())
    }

    /// Returns the tools of the extensions that are in use now, in the order in which they
    /// came.
    pub fn tools(&self) -> Vec<ToolDefinition> {
        lock(&self.runtime()).tools().to_vec()
    }

    /// Returns their commands, in the order of their names.
    pub fn commands(&self) -> Vec<CommandSummary> {
        lock(&self.runtime()).commands()
    }

    /// Calls a tool, as [`Runtime::call_tool`] does: one call at a time, the others wait.
    ///
    /// # Errors
    /// As [`Runtime::call_tool`].
    pub fn call_tool(
        &self,
        name: &str,
        params: Value,
        call_id: &str,
        context: CallContext,
    ) -> Result<ToolOutput, ImpError> {
        lock(&self.runtime()).call_tool(name, params, call_id, context)
    }

    /// Calls a command, as [`Runtime::execute_command`] does.
    ///
    /// # Errors
    /// As [`Runtime::execute_command`].
    pub fn execute_command(
        &self,
        name: &str,
        args: &str,
        context: Option<CallContext>,
    ) -> Result<Option<String>, ImpError> {
        lock(&self.runtime()).execute_command(name, args, context)
    }
}

fn load_set(folders: &[Folder], make: &Maker) -> Result<Set, ImpError> {
    let mut runtime = make()?;
    let mut report = Vec::new();
    let mut digest = Sha256::new();
    let mut owners = Owners::default();
    for extension in in_folders(folders) {
        let error = match read(&extension) {
            Ok(source) => {
                for part in [extension.name.as_bytes(), &source] {
                    digest.update((part.len() as u64).to_le_bytes());
                    digest.update(part);
                }
                let loaded = runtime.load(&path_text(&extension.path), &source);
                if loaded.is_ok() {
                    for (kind, name) in std::mem::take(&mut runtime.registry.last) {
                        owners.note(kind, name, &extension.path);
                    }
                }
                loaded.err()
            }
            Err(error) => Some(ImpError::Extension(unreadable(&extension, &error))),
        };
        report.push(Loaded { extension, error });
    }
    let digest = crate::Digest(digest.finalize().into()).to_string();
    let runtime = Arc::new(Mutex::new(runtime));
    Ok(Set { runtime, report: Arc::new(report), digest, doubled: owners.doubled })
}

/// Whose the names of tools and commands are.
#[derive(Default)]
struct Owners {
    of: BTreeMap<(Kind, String), PathBuf>,
    /// What is said of names that two extensions have.
    doubled: Vec<String>,
}

impl Owners {
    /// Notes a name that an extension has registered. If two have it, of tools the last one
    /// counts, of commands the first.
    fn note(&mut self, kind: Kind, name: String, path: &Path) {
        let shown = name.escape_debug().to_string();
        let mut owner = match self.of.entry((kind, name)) {
            Entry::Vacant(free) => {
                free.insert(path.to_owned());
                return;
            }
            Entry::Occupied(owner) => owner,
        };
        if owner.get() == path {
            return;
        }
        let (one, two) = (path_text(owner.get()), path_text(path));
        let (what, counts) = match kind {
            Kind::Tool => ("tool", &two),
            Kind::Command => ("command", &one),
        };
        let text = format!("{one} and {two} both have a {what} '{shown}': that of {counts} counts");
        self.doubled.push(text);
        if kind == Kind::Tool {
            owner.insert(path.to_owned());
        }
    }
}

/// Says why the file of an extension cannot be read, and where it would be if it is a link.
pub(crate) fn unreadable(extension: &Extension, error: &std::io::Error) -> String {
    let target = fs::read_link(&extension.path);
    let target = target.map_or(String::new(), |to| format!(", a link to {}", path_text(&to)));
    format!("cannot read {}{target}: {error}", path_text(&extension.path))
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions").field("folders", &self.folders).finish_non_exhaustive()
    }
}
