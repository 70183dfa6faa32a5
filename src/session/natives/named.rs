//! The native functions of a session, by names that are the same in every build.

use super::{
    all, attempt, call_main, event_bus, host_call, load_main, main_function, object_natives,
    yielding,
};
use crate::stdlib::{self, Profile};
use crate::vm::image::natives::Natives;

/// Returns all native functions that a session in this profile may have.
pub(in crate::session) fn natives(profile: Profile) -> Natives {
    let mut natives = Natives::of_machine();
    stdlib::add_natives(&mut natives, profile);
    natives.add(":main", &main_function::MAIN);
    natives.add(":main.handler", &main_function::HANDLER);
    natives.add(":main.load", &load_main::LOAD);
    natives.add(":call", &call_main::CALL_MAIN);
    natives.add(":yield", &yielding::YIELD);
    natives.add(":host", &host_call::HOST_FUNCTION);
    natives.add(":host.all", &all::ALL);
    natives.add(":bus.on", &event_bus::ON);
    natives.add(":bus.emit", &event_bus::EMIT);
    natives.add(":prepared.keep", &attempt::KEEP);
    natives.add(":prepared.attempt", &attempt::ATTEMPT);
    natives.add(":object.method", &object_natives::METHOD);
    natives.add(":object.operator", &object_natives::OPERATOR);
    natives.add(":object.index", &object_natives::INDEX);
    natives.add(":object.pairs", &object_natives::PAIRS);
    natives.add(":object.tostring", &object_natives::TO_STRING);
    natives
}
