//! Sessions as bytes, and sessions of them.

use super::builder::Config;
use super::host_table::HostTable;
use super::keeper::Keeper;
use super::natives::natives;
use super::{Machine, Session, host_call};
use crate::stdlib;
use crate::vm::image::fault::{Fault, Unsaved};
use crate::vm::image::machine::{self, Figures, Image};
use crate::vm::image::save::Purpose;
use crate::vm::image::wire::Reader;
use crate::vm::machine::Lua;

/// Makes an image of a machine at rest.
pub(super) fn image_of(
    machine: &mut Machine,
    config: &Config,
    host: &HostTable,
    purpose: Purpose,
) -> Result<Image, Unsaved> {
    let natives = natives(config.profile);
    let mut keeper = Keeper::new(&host.types);
    machine.0.enter(|ctx| machine::save(ctx, purpose, &natives, &mut keeper))
}

/// Makes a machine of an image.
pub(super) fn machine_of(
    image: &Image,
    config: &mut Config,
    host: &HostTable,
) -> Result<Machine, Fault> {
    let mut from = Reader::new(&image.bytes);
    let figures = Figures::read(&mut from)?;
    config.hash_key = figures.hash_key.unwrap_or(config.hash_key);
    let memory = usize::try_from(config.limits.memory).unwrap_or(usize::MAX / 2);
    let mut lua = Lua::new(config.hash_key, memory);
    let natives = natives(config.profile);
    let mut keeper = Keeper::new(&host.types);
    lua.enter(|ctx| {
        stdlib::prepare(ctx, config.profile);
        host_call::prepare(ctx, host);
        ctx.state.fuel.reset();
        ctx.state.fuel.give(u64::MAX / 4);
        let made = machine::load(ctx, &figures, from, &natives, &mut keeper, &image.shared);
        ctx.state.fuel.reset();
        made
    })?;
    Ok(Machine(lua))
}

impl Session {
    /// Copies the session, for tests of images.
    #[cfg(test)]
    pub(super) fn copied(&mut self, host: HostTable, fork: bool) -> Result<Session, String> {
        let purpose = if fork { Purpose::Fork } else { Purpose::Snapshot };
        let image = image_of(&mut self.machine, &self.config, &self.host, purpose);
        let image = image.map_err(|unsaved| format!("{unsaved:?}"))?;
        let mut config = self.config.clone();
        let machine =
            machine_of(&image, &mut config, &host).map_err(|fault| format!("{fault:?}"))?;
        Ok(Session { machine, template: None, config, host })
    }
}
