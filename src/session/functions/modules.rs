//! Modules a host gives to scripts: what `require` finds in a sandbox.
//!
//! Reading a module is a host call like any other: it is counted, its result is
//! limited, and it can be recorded.

use super::host_context::HostCx;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use std::collections::BTreeMap;

/// The text of a module, as `require` found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// What messages call the text, such as `a/b.lua`; the second value of `require`.
    pub file: String,
    /// The text.
    pub source: Vec<u8>,
}

/// What came of looking for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sought {
    /// It is there.
    Found(Module),
    /// It is not there; what was tried, a line each, for the script's error.
    Absent(Vec<String>),
}

/// A place modules come from.
///
/// ```
/// use moonfuel::{HostCx, HostError, Module, ModuleSource, Session, Sought};
///
/// /// Modules named `version.N` that are the number.
/// struct Versions;
///
/// impl ModuleSource for Versions {
///     fn find(&mut self, _: &mut HostCx<'_>, name: &[u8]) -> Result<Sought, HostError> {
///         let text = String::from_utf8_lossy(name);
///         Ok(match text.strip_prefix("version.").and_then(|n| n.parse::<u32>().ok()) {
///             Some(number) => Sought::Found(Module {
///                 file: format!("{text}.lua"),
///                 source: format!("return {number}").into_bytes(),
///             }),
///             None => Sought::Absent(vec![format!("no version '{text}'")]),
///         })
///     }
/// }
///
/// let mut session = Session::builder().module_source(Versions).build()?;
/// assert_eq!(session.run("return (require('version.3'))").json()?, "[3]");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub trait ModuleSource: Send {
    /// Looks for a module by the name a script gave to `require`: any bytes. Whoever reads
    /// much counts it with the context, as a host function does.
    ///
    /// # Errors
    /// Why the module, which is there, cannot be given.
    fn find(&mut self, cx: &mut HostCx<'_>, name: &[u8]) -> Result<Sought, HostError>;
}

/// The modules of a session: those registered by name, then the other places in order.
#[derive(Default)]
pub(in crate::session) struct Modules {
    named: BTreeMap<Vec<u8>, Vec<u8>>,
    places: Vec<Box<dyn ModuleSource>>,
    /// Places that a trace tells of.
    absent: u64,
}

impl std::fmt::Debug for Modules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.named.keys().map(|name| String::from_utf8_lossy(name));
        f.debug_list().entries(names).finish()
    }
}

impl Modules {
    pub(in crate::session) fn add(&mut self, name: Vec<u8>, source: Vec<u8>) {
        self.named.insert(name, source);
    }

    pub(in crate::session) fn add_place(&mut self, place: Box<dyn ModuleSource>) {
        self.places.push(place);
    }

    /// Returns the names and texts of those that are registered by name.
    pub(in crate::session) fn named(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.named.iter().map(|(name, source)| (&name[..], &source[..]))
    }

    /// Returns the number of other places.
    pub(in crate::session) fn places(&self) -> u64 {
        self.places.len() as u64 + self.absent
    }

    /// Notes that there were so many other places, which are not there.
    pub(in crate::session) fn add_absent(&mut self, places: u64) {
        self.absent += places;
    }

    pub(in crate::session) fn is_empty(&self) -> bool {
        self.named.is_empty() && self.places() == 0
    }

    /// Answers the host call `source(name)`: the text and what messages call it, or nil
    /// and what was tried.
    pub(in crate::session) fn answer(
        &mut self,
        cx: &mut HostCx<'_>,
        args: &[HostValue],
    ) -> Result<Vec<HostValue>, HostError> {
        let name = args.first().and_then(HostValue::as_bytes).unwrap_or_default();
        let shown = String::from_utf8_lossy(name).into_owned();
        if let Some(source) = self.named.get(name) {
            cx.reserve(source.len())?;
            return Ok(found(Module { file: shown, source: source.clone() }));
        }
        let mut tried = vec![format!("no module '{shown}' from the host")];
        for place in &mut self.places {
            match place.find(cx, name)? {
                Sought::Found(module) => return Ok(found(module)),
                Sought::Absent(lines) => tried.extend(lines),
            }
        }
        Ok(vec![HostValue::Nil, HostValue::String(tried.join("\n\t").into_bytes())])
    }
}

fn found(module: Module) -> Vec<HostValue> {
    vec![HostValue::String(module.source), HostValue::String(module.file.into_bytes())]
}
