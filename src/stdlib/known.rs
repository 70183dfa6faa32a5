//! The names of the library, for those who look for what was meant.

use super::{Library, Profile, libraries};

/// Fields that are no functions.
const VALUES: [(&str, &str); 17] = [
    ("_G", "_G"),
    ("_G", "_VERSION"),
    ("math", "pi"),
    ("math", "huge"),
    ("math", "maxinteger"),
    ("math", "mininteger"),
    ("utf8", "charpattern"),
    ("json", "null"),
    ("io", "stdin"),
    ("io", "stdout"),
    ("io", "stderr"),
    ("package", "config"),
    ("package", "cpath"),
    ("package", "loaded"),
    ("package", "path"),
    ("package", "preload"),
    ("package", "searchers"),
];

/// Returns module and name of all that a profile has: globals are in `_G`.
pub(crate) fn known(profile: Profile) -> Vec<(&'static str, &'static str)> {
    let shown: Vec<Library> =
        libraries().into_iter().filter(|library| library.profiles.contains(&profile)).collect();
    let mut all = Vec::new();
    for library in &shown {
        all.push(("_G", library.name));
        all.extend(library.functions(profile).map(|def| (library.name, def.short_name())));
    }
    let there = |module: &str| shown.iter().any(|library| library.name == module);
    all.extend(VALUES.iter().filter(|(module, _)| there(module)));
    if profile.is_sandbox() {
        all.extend([("_G", "_SANDBOXED"), ("_G", "yield")]);
    }
    all
}
