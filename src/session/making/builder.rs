//! Describing and making a session.

use super::config::{Config, Undo, WorldMaker};
use super::hash_key;
use super::opening::open_machine;
use super::recording::Recording;
use super::send::Machine;
use super::session::Session;
use crate::session::calls::conflicts;
use crate::session::calls::host_table::{Function, HostTable};
use crate::session::functions::declaration::Declaration;
use crate::session::functions::host_context::HostCx;
use crate::session::functions::host_function::HostFunction;
use crate::session::functions::modules::ModuleSource;
use crate::session::functions::object_types;
use crate::session::functions::policy::Policy;
use crate::session::functions::reply::IntoReply;
use crate::session::functions::typed::Typed;
use crate::session::functions::user_data::UserData;
use crate::session::natives::decode::Decode;
use crate::session::values::error::{ErrorKind, LuaError};
use crate::session::values::host_error::HostError;
use crate::session::values::limits::Limits;
use crate::session::values::multi::{FromLuaMulti, IntoLuaMulti};
use crate::stdlib::Profile;
use crate::vm::state::context::DEFAULT_FUEL_PER_SECOND;
use crate::vm::state::world::World;
use std::sync::Arc;

/// Describes a session; see [`Session::builder`].
///
/// ```
/// use moonfuel::{Limits, Profile, Session};
///
/// let mut session = Session::builder()
///     .limits(Limits { memory: 8 << 20, ..Limits::default() })
///     .profile(Profile::Compat)
///     .seed(7)
///     .start_time(1_700_000_000)
///     .function("shout", |text: String| Ok(text.to_uppercase()))
///     .module("greeting", "return {hello = 'hello'}")
///     .build()?;
/// let report = session.run("return shout(require('greeting').hello), os.time()");
/// assert_eq!(report.json()?, r#"["HELLO",1700000000]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct SessionBuilder {
    pub(in crate::session) config: Config,
    pub(in crate::session) host: HostTable,
    pub(in crate::session) recording: Recording,
}

impl Default for SessionBuilder {
    fn default() -> Self {
        SessionBuilder {
            config: Config {
                limits: Limits::default(),
                profile: Profile::Strict,
                seed: 0,
                hash_key: hash_key::random(),
                start_time: 0,
                fuel_per_second: DEFAULT_FUEL_PER_SECOND,
                keep_null: false,
                coverage: false,
                profile_fuel: false,
                world: None,
                undo: Undo::Failed,
                decode: Decode::All,
                hidden: Vec::new(),
            },
            host: HostTable::default(),
            recording: Recording::default(),
        }
    }
}

impl SessionBuilder {
    /// Sets the limits of each run.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Sets the profile: which names scripts see.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.config.profile = profile;
        self
    }

    /// Sets whether runs are atomic, which they are unless this says otherwise: one that does
    /// not end of its own accord (it fails, reaches a limit, is cancelled or calls `os.exit`)
    /// leaves the session as it was, to the byte. What host functions did is not undone, nor
    /// what methods changed in the values behind [objects](crate::UserData).
    ///
    /// If they are not, a run that fails keeps what it did until then, as in PUC-Rio's
    /// interpreter.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().build()?;
    /// session.run("t = {1, 2, 3}");
    /// session.run("t[1] = 'changed'; x = 1; error('no')");
    /// assert_eq!(session.run("return t[1], x").json()?, "[1,null]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn atomic(mut self, atomic: bool) -> Self {
        self.config.undo = if atomic { Undo::Failed } else { Undo::Never };
        self
    }

    /// Sets the seed of `math.random`.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Sets the key of all hashes, which is random otherwise. Nothing a script can see
    /// depends on it; a key that scripts' authors do not know keeps them from making
    /// tables slow.
    pub fn hash_key(mut self, key: u64) -> Self {
        self.config.hash_key = key;
        self
    }

    /// Sets the time the virtual clock starts at, in seconds since the epoch.
    pub fn start_time(mut self, seconds: i64) -> Self {
        self.config.start_time = seconds;
        self
    }

    /// Sets how many units of fuel make a second of the virtual clock (at least 1).
    pub fn fuel_per_second(mut self, units: u64) -> Self {
        self.config.fuel_per_second = units.max(1);
        self
    }

    /// Gives scripts the value `json.null` for each null in `args` and for each
    /// [`HostValue::Null`](crate::HostValue::Null) that a host function returns. Otherwise
    /// they get nil: a field that is not there, or a hole in an array, which is lost where it
    /// is the last one.
    ///
    /// ```
    /// use moonfuel::{Chunk, Session};
    ///
    /// let chunk = Chunk::new(b"return #args, args").args(serde_json::json!([1, null]));
    /// let mut plain = Session::builder().build()?;
    /// assert_eq!(plain.run_chunk(chunk.clone()).json()?, "[1,[1]]");
    /// let mut keeping = Session::builder().keep_null(true).build()?;
    /// assert_eq!(keeping.run_chunk(chunk).json()?, "[2,[1,null]]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn keep_null(mut self, keep: bool) -> Self {
        self.config.keep_null = keep;
        self
    }

    /// Counts how often lines, branches and functions of scripts are executed, for
    /// [`Session::coverage`]. Results, fuel, memory figures and output are the same; it takes
    /// about twice the time, and memory that no limit knows: 8 bytes an instruction.
    pub fn coverage(mut self, count: bool) -> Self {
        self.config.coverage = count;
        self
    }

    /// Notes which functions use how much fuel, called by whom, for
    /// [`Session::fuel_profile`]. Results, fuel, memory figures and output are the same; it
    /// takes some times the time, and memory that no limit knows, at most about 64 MiB.
    pub fn profile_fuel(mut self, profile: bool) -> Self {
        self.config.profile_fuel = profile;
        self
    }

    /// Grants what the library `io` of the compat profile reaches beyond the session's
    /// output: each machine of the session gets a world of its own. What scripts read
    /// there is an input like any other: the same files, the same run.
    pub fn world(
        mut self,
        make: impl Fn() -> Box<dyn World + Send> + Send + Sync + 'static,
    ) -> Self {
        self.config.world = Some(WorldMaker(Arc::new(make)));
        self
    }

    /// Registers a function under a path.
    pub(in crate::session) fn add_function(
        mut self,
        path: String,
        function: Box<dyn HostFunction>,
    ) -> Self {
        self.host.add(path, Function::Waited(function));
        self
    }

    /// Registers a function of the host under a name, which may lie in tables: `now`,
    /// `http.get`, `imp.kv.put`. The closure says by its types what it takes and returns:
    /// a type that is [`FromLua`](crate::FromLua) or a tuple of such, and a type that is
    /// [`IntoLua`](crate::IntoLua) or a tuple of such. Wrong arguments are Lua's own errors;
    /// they never reach the function. The tables are read-only for scripts.
    ///
    /// ```
    /// use moonfuel::Session;
    /// use std::collections::BTreeMap;
    ///
    /// let mut words = BTreeMap::from([("moon".to_owned(), 3)]);
    /// let mut session = Session::builder()
    ///     .function("words.count", move |(word, more): (String, Option<u32>)| {
    ///         let count = words.entry(word).or_insert(0);
    ///         *count += more.unwrap_or(1);
    ///         Ok(*count)
    ///     })
    ///     .build()?;
    /// let report = session.run("return words.count('moon'), words.count('sun', 5)");
    /// assert_eq!(report.json()?, "[4,5]");
    /// let error = session.run("words.count({})").json().unwrap_err().to_string();
    /// assert!(error.ends_with(":1: bad argument #1 to 'count' (string expected, got table)"));
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    ///
    /// Names that are none, that are taken by the library or by one another, are errors of
    /// [`SessionBuilder::build`].
    pub fn function<A, R>(
        mut self,
        path: impl Into<String>,
        function: impl FnMut(A) -> Result<R, HostError> + Send + 'static,
    ) -> Self
    where
        A: FromLuaMulti + 'static,
        R: IntoLuaMulti + 'static,
    {
        self.host.add(path.into(), Function::Plain(Box::new(Typed::new(function))));
        self
    }

    /// Registers a function of the host that looks at the run it is called in: see
    /// [`HostCx`] for what it can know and take. It may also answer with a
    /// [`Reply`](crate::Reply).
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder()
    ///     .function_with("text.lines", |cx, text: String| {
    ///         cx.charge(text.len() as u64 / 64)?;
    ///         Ok(text.lines().count())
    ///     })
    ///     .build()?;
    /// assert_eq!(session.run("return text.lines('a\\nb')").json()?, "[2]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn function_with<A, R>(
        mut self,
        path: impl Into<String>,
        function: impl FnMut(&mut HostCx<'_>, A) -> Result<R, HostError> + Send + 'static,
    ) -> Self
    where
        A: FromLuaMulti + 'static,
        R: IntoReply + 'static,
    {
        self.host.add(path.into(), Function::Waited(Box::new(Typed::new(function))));
        self
    }

    /// Registers a function of the host that is a type of its own.
    pub fn host(mut self, path: impl Into<String>, function: impl HostFunction + 'static) -> Self {
        self.host.add(path.into(), Function::Waited(Box::new(function)));
        self
    }

    /// Registers a family of functions in the table `module`.
    pub fn host_functions(
        mut self,
        module: impl Into<String>,
        functions: Vec<(impl Into<String>, Box<dyn HostFunction>)>,
    ) -> Self {
        let module: String = module.into();
        for (name, function) in functions {
            let name: String = name.into();
            self.host.add(format!("{module}.{name}"), Function::Waited(function));
        }
        self
    }

    /// Registers a type whose values scripts can hold as objects: see [`UserData`].
    pub fn object<T: UserData>(mut self) -> Self {
        self.host.add_type::<T>();
        self
    }

    /// Makes a table of this path with the functions `on(name, handler)` and
    /// `emit(name, data)`, by which scripts of the session tell each other what happens.
    /// Handlers are called in the order in which they came, with the emitter's own value;
    /// what one of them raises does not reach the others, or the emitter.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().event_bus("app.events").build()?;
    /// session.run("app.events.on('saved', function(file) last = file.name end)").json()?;
    /// let report = session.run("app.events.emit('saved', {name = 'a.txt'}) return last");
    /// assert_eq!(report.json()?, r#"["a.txt"]"#);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn event_bus(mut self, path: impl Into<String>) -> Self {
        self.host.buses.push(path.into());
        self
    }

    /// Registers a module that scripts `require` by this name. A module of this name
    /// that was registered before is replaced.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session =
    ///     Session::builder().module("double", "return function(n) return 2 * n end").build()?;
    /// let report = session.run("return require('double')(21)");
    /// assert_eq!(report.json()?, "[42]");
    /// assert_eq!(report.usage.host_calls, 1);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn module(mut self, name: impl Into<Vec<u8>>, source: impl Into<Vec<u8>>) -> Self {
        self.host.modules.add(name.into(), source.into());
        self
    }

    /// Adds a place where modules are looked for that are not registered by name.
    pub fn module_source(mut self, place: impl ModuleSource + 'static) -> Self {
        self.host.modules.add_place(Box::new(place));
        self
    }

    /// Makes the session.
    ///
    /// # Errors
    /// When the memory limit is too small for the library itself; when the name of a host
    /// function is none or is taken, which is of the kind [`ErrorKind::Usage`].
    pub fn build(self) -> Result<Session, LuaError> {
        let (config, mut host, recording) = self.checked()?;
        let machine = Machine(open_machine(&config, &host)?);
        recording.begin(&config, &mut host)?;
        Ok(Session { machine, template: None, config, host })
    }

    /// Returns what is described, if it can be a session.
    ///
    /// # Errors
    /// When the name of a host function is none or is taken by another one.
    pub(in crate::session) fn checked(self) -> Result<(Config, HostTable, Recording), LuaError> {
        let conflict = conflicts::conflict(&self.host);
        if let Some(conflict) = conflict.or_else(|| object_types::conflict(&self.host.types)) {
            return Err(LuaError::plain(ErrorKind::Usage, conflict));
        }
        let SessionBuilder { config, mut host, recording } = self;
        host.entries.shrink_to_fit();
        if let Some(policy) = &host.policy {
            let is_there =
                |one: &&Declaration| host.entries.iter().any(|entry| entry.path == one.path());
            let declared: Vec<&Declaration> = host.declared().filter(is_there).collect();
            policy.fits(&declared).map_err(|why| LuaError::plain(ErrorKind::Usage, why))?;
        }
        Ok((config, host, recording))
    }
}

impl SessionBuilder {
    /// Sets the policy that is asked before each call of a host function, whoever registered
    /// it. (`require` is not asked about: what it finds is the host's choice.)
    ///
    /// ```
    /// use moonfuel::{Denied, Policy, PolicyCall, Session};
    ///
    /// struct Odd;
    /// impl Policy for Odd {
    ///     fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
    ///         if call.number % 2 == 1 {
    ///             return Ok(call.number);
    ///         }
    ///         Err(Denied::new("odd", format!("{} is called too often", call.path), ""))
    ///     }
    /// }
    ///
    /// let mut session = Session::builder()
    ///     .function("now", |()| Ok(7))
    ///     .policy(Odd)
    ///     .build()?;
    /// let report = session.run("return now(), pcall(now)");
    /// let values = report.json()?;
    /// assert!(values.contains("denied (odd): now is called too often"), "{values}");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.host.policy = Some(Arc::new(policy));
        self
    }

    /// Says what a function of the host is: see [`Declaration`]. The function itself is
    /// registered by its path, before or after this. One that is not declared is
    /// privileged.
    pub fn declare(mut self, declaration: Declaration) -> Self {
        self.host.declare(declaration);
        self
    }
}

impl SessionBuilder {
    /// Sets what the JSON of a report is made of: [`Report::json`](crate::Report::json). The
    /// methods of a report that read values expect [`Decode::All`].
    ///
    /// ```
    /// use moonfuel::{Decode, Session};
    ///
    /// let mut session = Session::builder().decode(Decode::Jido).build()?;
    /// assert_eq!(session.run("return 42").json()?, "42");
    /// assert_eq!(session.run("return 1, 2").json()?, "[1,2]");
    /// assert_eq!(session.run("local x = 1").json()?, "null");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn decode(mut self, decode: Decode) -> Self {
        self.config.decode = decode;
        self
    }

    /// Takes a library, or another global name, away from scripts, `require` included.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.config.hidden.push(name.to_owned());
        self
    }
}

impl Session {
    /// Starts the description of a session.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }
}
