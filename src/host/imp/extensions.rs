//! The extensions of a user and a project, as long as they live.

use super::discover::{Extension, discover};
use super::runtime::{ImpError, Runtime};
use super::shared::lock;
use std::fmt;
use std::fs;
use std::path::PathBuf;
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
    user: Option<PathBuf>,
    project: Option<PathBuf>,
    make: Box<Maker>,
    current: Mutex<Set>,
}

type Maker = dyn Fn() -> Result<Runtime, ImpError> + Send + Sync;

/// What one loading has made.
#[derive(Clone)]
struct Set {
    runtime: Arc<Mutex<Runtime>>,
    report: Arc<Vec<Loaded>>,
}

impl Extensions {
    /// Finds and loads the extensions in a user's and a project's folder: see [`discover`].
    /// One that fails registers nothing and does not keep the others from being loaded.
    ///
    /// # Errors
    /// When the runtime itself cannot be made.
    pub fn load(
        user: Option<PathBuf>,
        project: Option<PathBuf>,
        make: impl Fn() -> Result<Runtime, ImpError> + Send + Sync + 'static,
    ) -> Result<Extensions, ImpError> {
        let make: Box<Maker> = Box::new(make);
        let set = load_set(&user, &project, &make)?;
        Ok(Extensions { user, project, make, current: Mutex::new(set) })
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

    /// Finds and loads the extensions anew, into a runtime of their own, which is used from
    /// the next call on. Calls that are at work end on the old one.
    ///
    /// # Errors
    /// When the runtime itself cannot be made: the old one stays.
    pub fn reload(&self) -> Result<(), ImpError> {
        let set = load_set(&self.user, &self.project, &self.make)?;
        *lock(&self.current) = set;
        Ok(())
    }
}

fn load_set(
    user: &Option<PathBuf>,
    project: &Option<PathBuf>,
    make: &Maker,
) -> Result<Set, ImpError> {
    let mut runtime = make()?;
    let mut report = Vec::new();
    for extension in discover(user.as_deref(), project.as_deref()) {
        let error = match fs::read(&extension.path) {
            Ok(source) => runtime.load(&extension.path.to_string_lossy(), &source).err(),
            Err(error) => Some(ImpError::Extension(format!("cannot read it: {error}"))),
        };
        report.push(Loaded { extension, error });
    }
    Ok(Set { runtime: Arc::new(Mutex::new(runtime)), report: Arc::new(report) })
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions")
            .field("user", &self.user)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}
