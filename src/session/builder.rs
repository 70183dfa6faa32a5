//! Describing and making a session.

use super::hash_key;
use super::host_call;
use super::host_table::HostTable;
use super::outcome::{ErrorKind, LuaError};
use super::{HostCx, HostError, HostFunction, HostValue, Limits, Machine, ModuleSource, Session};
use crate::stdlib::{self, Profile, math};
use crate::vm::machine::Lua;
use crate::vm::state::context::DEFAULT_FUEL_PER_SECOND;
use crate::vm::state::world::World;
use std::sync::Arc;

/// What a session is made of, kept to make pristine copies.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) limits: Limits,
    pub(super) profile: Profile,
    pub(super) seed: u64,
    pub(super) hash_key: u64,
    pub(super) start_time: i64,
    pub(super) fuel_per_second: u64,
    pub(super) world: Option<WorldMaker>,
}

/// What makes the world of each machine of a session.
#[derive(Clone)]
pub(super) struct WorldMaker(Arc<dyn Fn() -> Box<dyn World + Send> + Send + Sync>);

impl std::fmt::Debug for WorldMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WorldMaker").finish_non_exhaustive()
    }
}

/// Describes a session; see [`Session::builder`].
#[derive(Debug)]
#[must_use]
pub struct SessionBuilder {
    config: Config,
    host: HostTable,
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
                world: None,
            },
            host: HostTable::default(),
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

    /// Registers a function of the host as `module.name`.
    ///
    /// ```
    /// use moonfuel::{HostValue, Session};
    ///
    /// let mut session = Session::builder()
    ///     .host_function("host", "length", |args| match args {
    ///         [HostValue::String(text)] => Ok(vec![(text.len() as i64).into()]),
    ///         _ => Ok(vec![HostValue::Nil, "a string, please".into()]),
    ///     })
    ///     .build()?;
    /// assert_eq!(session.run("return host.length('moon')").json()?, "[4]");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn host_function(
        self,
        module: &'static str,
        name: &'static str,
        mut function: impl FnMut(&[HostValue]) -> Result<Vec<HostValue>, HostError> + Send + 'static,
    ) -> Self {
        self.host_function_with(module, name, move |_, args| function(args))
    }

    /// Registers a function of the host that looks at the run it is called in: see
    /// [`HostCx`] for what it can know and take.
    pub fn host_function_with(
        mut self,
        module: &'static str,
        name: &'static str,
        function: impl FnMut(&mut HostCx<'_>, &[HostValue]) -> Result<Vec<HostValue>, HostError>
        + Send
        + 'static,
    ) -> Self {
        self.host.add(format!("{module}.{name}"), Box::new(function));
        self
    }

    /// Registers the functions of a module.
    pub fn host_functions(
        mut self,
        module: &'static str,
        functions: Vec<(&'static str, Box<dyn HostFunction>)>,
    ) -> Self {
        for (name, function) in functions {
            self.host.add(format!("{module}.{name}"), function);
        }
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
    /// When the memory limit is too small for the library itself.
    pub fn build(self) -> Result<Session, LuaError> {
        let machine = Machine(open_machine(&self.config, &self.host)?);
        Ok(Session { machine, config: self.config, host: self.host })
    }
}

/// Makes a machine in the state every session of this description begins with.
pub(super) fn open_machine(config: &Config, host: &HostTable) -> Result<Lua, LuaError> {
    let memory = usize::try_from(config.limits.memory).unwrap_or(usize::MAX / 2);
    let mut lua = Lua::new(config.hash_key, memory);
    let opened = lua.enter(|ctx| {
        // Opening the library is the host's work: it is not metered.
        ctx.state.fuel.reset();
        ctx.state.fuel.give(u64::MAX / 4);
        if let Some(WorldMaker(make)) = &config.world {
            ctx.set_world(make());
        }
        let opened =
            stdlib::open(ctx, config.profile).and_then(|()| host_call::register(ctx, host)).is_ok();
        ctx.state.random.set(math::seed_state(config.seed, 0));
        ctx.state.start_time.set(config.start_time);
        ctx.state.fuel_per_second.set(config.fuel_per_second);
        ctx.state.fuel.reset();
        opened
    });
    if opened {
        return Ok(lua);
    }
    let message = format!(
        "the library does not fit into the memory limit of {} bytes (limit: memory)",
        config.limits.memory
    );
    Err(LuaError::plain(ErrorKind::Internal, message))
}
