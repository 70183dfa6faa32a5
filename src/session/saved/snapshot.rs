//! Sessions as bytes, and sessions of them.

use super::header::{self, Kind, Notes};
use crate::bytecode::proto::Proto;
use crate::session::calls::host_table::HostTable;
use crate::session::calls::register;
use crate::session::functions::objects;
use crate::session::images::keeper::Keeper;
use crate::session::images::restore_error::{RestoreError, SnapshotError};
use crate::session::making::builder::SessionBuilder;
use crate::session::making::config::Config;
use crate::session::making::send::Machine;
use crate::session::making::session::Session;
use crate::session::natives::named::natives;
use crate::session::values::error::LuaError;
use crate::session::values::function::Function;
use crate::session::values::object_ref::ObjectRef;
use crate::stdlib::{self, json};
use crate::vm::heap::value::Type;
use crate::vm::image::fault::{Fault, Unsaved};
use crate::vm::image::machine::{self, Figures, Image};
use crate::vm::image::save::Purpose;
use crate::vm::image::wire::Reader;
use crate::vm::machine::Lua;
use std::sync::Arc;

/// Makes an image of a machine at rest.
pub(in crate::session) fn image_of(
    session: &mut Session,
    purpose: Purpose,
    run: Option<&[u64]>,
) -> Result<Image, Unsaved> {
    let natives = natives(session.config.profile);
    let mut keeper = Keeper::new(&session.host.types);
    session.machine.0.enter(|ctx| machine::save(ctx, purpose, &natives, &mut keeper, run))
}

/// Makes a machine of an image. What of the description is in it is taken over.
pub(in crate::session) fn machine_of(
    mut from: Reader<'_>,
    shared: &[Arc<Proto>],
    config: &mut Config,
    host: &HostTable,
    run: bool,
) -> Result<Machine, Fault> {
    let figures = Figures::read(&mut from)?;
    config.hash_key = figures.hash_key.unwrap_or(config.hash_key);
    let memory = usize::try_from(config.limits.memory).unwrap_or(usize::MAX / 2);
    let mut lua = Lua::new(config.hash_key, memory);
    let natives = natives(config.profile);
    let mut keeper = Keeper::new(&host.types);
    lua.enter(|ctx| {
        config.open_world(ctx);
        config.begin_to_count(ctx);
        stdlib::prepare(ctx, config.profile);
        register::prepare(ctx, host);
        // Making a session is the host's work: it is not metered.
        ctx.state.fuel.give(u64::MAX / 4);
        let made = machine::load(ctx, &figures, from, &natives, &mut keeper, shared, run);
        let decoded = run || made.is_err() || config.decode.take_over(ctx).is_ok();
        if !run {
            ctx.state.fuel.reset();
        }
        ctx.state.profile.go_on(ctx.state.fuel.used());
        made?;
        if !decoded {
            return Err(Fault::Memory(0));
        }
        config.start_time = ctx.state.start_time.get();
        config.fuel_per_second = ctx.state.fuel_per_second.get();
        config.keep_null = json::keeps_nulls(ctx);
        Ok::<(), Fault>(())
    })?;
    Ok(Machine(lua))
}

impl Session {
    /// Returns the session as bytes, of which [`SessionBuilder::restore`] makes a session
    /// that goes on as this one would: the same results, output, fuel and memory figures, in
    /// another process and on another machine. The session itself is as before.
    ///
    /// What is in them: variables and all that can be reached from them (coroutines and
    /// functions too), the state of `math.random` and of the virtual clock, the memory account
    /// with its garbage. What is not: limits, the host's functions and modules, and the state
    /// that [`Session::execute`] begins with; these are the description's. The bytes hold
    /// whatever scripts had, secrets too: keep them as such.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().build()?;
    /// session.run("local n = 0 function count() n = n + 1 return n end count()");
    /// let bytes = session.snapshot()?;
    /// let mut restored = Session::builder().restore(&bytes)?;
    /// assert_eq!(restored.run("return count()").json()?, "[2]");
    /// assert_eq!(session.run("return count()").json()?, "[2]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What cannot be saved, and where it is: an open file, or an object of the host's whose
    /// type has no [`UserData::save`](crate::UserData::save).
    pub fn snapshot(&mut self) -> Result<Vec<u8>, SnapshotError> {
        let image = image_of(self, Purpose::Snapshot, None)?;
        Ok(header::write(Kind::Session, self.config.profile, &self.host, &image.bytes))
    }

    /// Makes a second session that goes on as this one would, beside it. `other` describes it
    /// as for [`SessionBuilder::restore`]. Cheaper than a snapshot: both share their code.
    ///
    /// ```
    /// use moonfuel::Session;
    ///
    /// let mut session = Session::builder().build()?;
    /// session.run("list = {1, 2, 3}");
    /// let mut other = session.fork(Session::builder())?;
    /// other.run("list[4] = 4");
    /// assert_eq!(other.run("return #list").json()?, "[4]");
    /// assert_eq!(session.run("return #list").json()?, "[3]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Session::snapshot`] and [`SessionBuilder::restore`].
    pub fn fork(&mut self, other: SessionBuilder) -> Result<Session, RestoreError> {
        let (mut config, mut host, notes) = other.beside(self)?;
        let image = image_of(self, Purpose::Fork, None).map_err(SnapshotError::from)?;
        let from = Reader::new(&image.bytes);
        let made = machine_of(from, &image.shared, &mut config, &host, false);
        let machine = made.map_err(|fault| RestoreError::of(fault, config.limits.memory))?;
        notes.give(&mut host);
        Ok(Session { machine, template: None, config, host })
    }

    /// Returns the function with a number ([`Function::number`]), if the host held it when a
    /// snapshot of the session was made, or holds it now. Once it is dropped, it is let go.
    ///
    /// ```
    /// use moonfuel::{Function, Session};
    /// use std::sync::mpsc::channel;
    ///
    /// let (send, handlers) = channel();
    /// let on = move |handler: Function| Ok(send.send(handler).map_err(|e| e.to_string())?);
    /// let mut session = Session::builder().function("on", on).build()?;
    /// session.run("on(function() return 'called' end)");
    /// let handler = handlers.recv()?;
    ///
    /// let (bytes, number) = (session.snapshot()?, handler.number());
    /// let mut restored = Session::builder().function("on", |_: Function| Ok(())).restore(&bytes)?;
    /// let handler = restored.function_numbered(number).ok_or("it is gone")?;
    /// assert_eq!(restored.call(&handler, ()).json()?, r#"["called"]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn function_numbered(&mut self, number: u64) -> Option<Function> {
        self.machine.0.enter(|ctx| {
            let handle = ctx.state.handles.take_numbered(number)?;
            let value = ctx.held(&handle).ok()?;
            (value.type_of() == Type::Function).then(|| Function::new(handle))
        })
    }

    /// As [`Session::function_numbered`], for an object ([`ObjectRef::number`]).
    pub fn object_numbered(&mut self, number: u64) -> Option<ObjectRef> {
        self.machine.0.enter(|ctx| {
            let handle = ctx.state.handles.take_numbered(number)?;
            let name = objects::owned(ctx.held(&handle).ok()?)?.name.clone();
            Some(ObjectRef::new(handle, name))
        })
    }
}

impl SessionBuilder {
    /// Returns what is described, for a session that does not begin at the beginning.
    ///
    /// # Errors
    /// As [`SessionBuilder::build`]; if it is to be recorded.
    pub(in crate::session) fn unrecorded(self) -> Result<(Config, HostTable), LuaError> {
        let (config, host, recording) = self.checked()?;
        recording.refuse()?;
        Ok((config, host))
    }

    /// Returns what is described, with the host's functions in the order of a session's own.
    ///
    /// # Errors
    /// As [`SessionBuilder::unrecorded`]; if it cannot be a copy of that session.
    pub(in crate::session) fn beside(
        self,
        own: &Session,
    ) -> Result<(Config, HostTable, Notes), RestoreError> {
        let (config, mut host) = self.unrecorded()?;
        if own.config.profile != config.profile {
            let (snapshot, session) = (own.config.profile, config.profile);
            return Err(RestoreError::Profile { snapshot, session });
        }
        let notes = header::order_host(&own.host, &mut host)?;
        Ok((config, host, notes))
    }

    /// Makes a session of a snapshot: see [`Session::snapshot`]. The same functions and types
    /// of the host's must be registered, by whatever closures, and the profile be the same.
    /// Functions that are registered beside them are not there for scripts. Limits are those
    /// of this description; the seed, the start of the clock, its pace and how nulls are kept
    /// are the snapshot's, and so is the key of hashes, in the rare case that something in it
    /// depends on it.
    ///
    /// Nothing in the bytes is trusted: whatever they are, the session is one that scripts
    /// could have made, within the limit of memory, or there is none. They may still be those
    /// of a session that does what somebody else wants: take them only from where you would
    /// take scripts from.
    ///
    /// ```
    /// use moonfuel::{RestoreError, Session};
    ///
    /// let mut session = Session::builder().function("now", |()| Ok(1)).build()?;
    /// let mut bytes = session.snapshot()?;
    /// let error = Session::builder().restore(&bytes).unwrap_err();
    /// assert_eq!(error.to_string(), "now: no such host function");
    /// *bytes.last_mut().unwrap() ^= 1;
    /// let error = Session::builder().restore(&bytes).unwrap_err();
    /// assert!(matches!(error, RestoreError::Damaged(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// See [`RestoreError`]; as [`SessionBuilder::build`].
    pub fn restore(self, bytes: &[u8]) -> Result<Session, RestoreError> {
        let (mut config, mut host) = self.unrecorded()?;
        let (from, notes) = header::read(bytes, Kind::Session, config.profile, &mut host)?;
        let made = machine_of(from, &[], &mut config, &host, false);
        let machine = made.map_err(|fault| RestoreError::of(fault, config.limits.memory))?;
        notes.give(&mut host);
        Ok(Session { machine, template: None, config, host })
    }
}
