//! Native functions by names that stay the same from build to build.

use crate::vm::calls::coroutine::CLOSED;
use crate::vm::calls::finalizers::DRIVER;
use crate::vm::heap::native::NativeDef;
use std::collections::BTreeMap;

/// The native functions that a machine may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Natives {
    by_name: BTreeMap<String, &'static NativeDef>,
    by_address: BTreeMap<usize, String>,
}

impl Natives {
    /// Has the functions that the machine itself calls.
    pub(crate) fn of_machine() -> Natives {
        let mut natives = Natives::default();
        natives.add(":coroutine.closed", &CLOSED);
        natives.add(":finalizers", &DRIVER);
        natives
    }

    /// Adds a function under its name, which no other one has.
    pub(crate) fn add(&mut self, name: impl Into<String>, def: &'static NativeDef) {
        let name = name.into();
        self.by_address.insert(std::ptr::from_ref(def).addr(), name.clone());
        self.by_name.insert(name, def);
    }

    /// Adds functions, named by themselves behind `prefix`, or by their places if they have
    /// no names.
    pub(crate) fn add_all(&mut self, prefix: &str, defs: &'static [NativeDef]) {
        for (at, def) in defs.iter().enumerate() {
            let name = match def.name {
                "" => format!("{prefix}{at}"),
                name => format!("{prefix}{name}"),
            };
            self.add(name, def);
        }
    }

    /// Returns the name of a function.
    pub(crate) fn name_of(&self, def: &'static NativeDef) -> Option<&str> {
        self.by_address.get(&std::ptr::from_ref(def).addr()).map(String::as_str)
    }

    /// Returns the function with a name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static NativeDef> {
        self.by_name.get(name).copied()
    }

    /// Returns all names with their functions.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'static NativeDef)> {
        self.by_name.iter().map(|(name, def)| (name.as_str(), *def))
    }
}
