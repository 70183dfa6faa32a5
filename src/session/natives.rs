//! The native functions of a session, by names that are the same in every build.

use super::{
    all, call, event_bus, host_call, load_main, main_function, object_types, prepared, yielding,
};
use crate::stdlib::{self, Profile};
use crate::vm::image::natives::Natives;

/// Returns all native functions that a session in this profile may have.
pub(super) fn natives(profile: Profile) -> Natives {
    let mut natives = Natives::of_machine();
    stdlib::add_natives(&mut natives, profile);
    natives.add(":main", &main_function::MAIN);
    natives.add(":main.handler", &main_function::HANDLER);
    natives.add(":main.load", &load_main::LOAD);
    natives.add(":call", &call::CALL_MAIN);
    natives.add(":yield", &yielding::YIELD);
    natives.add(":host", &host_call::HOST_FUNCTION);
    natives.add(":host.all", &all::ALL);
    natives.add(":bus.on", &event_bus::ON);
    natives.add(":bus.emit", &event_bus::EMIT);
    natives.add(":prepared.keep", &prepared::KEEP);
    natives.add(":prepared.attempt", &prepared::ATTEMPT);
    natives.add(":object.method", &object_types::METHOD);
    natives.add(":object.operator", &object_types::OPERATOR);
    natives.add(":object.index", &object_types::INDEX);
    natives.add(":object.pairs", &object_types::PAIRS);
    natives.add(":object.tostring", &object_types::TO_STRING);
    natives
}
