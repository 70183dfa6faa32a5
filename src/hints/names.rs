//! Names that are there, and what other languages call them.

use crate::base::nearest::{nearest, nearest_function};
use std::collections::{BTreeMap, BTreeSet};

mod elsewhere;
mod methods;

use elsewhere::{FIELDS, GLOBALS, HOSTS, INSTEAD};
use methods::of_strings;
pub(super) use methods::{string_idiom, table_idiom};

/// As what a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    /// It is called.
    Function,
    /// It is indexed.
    Module,
    /// Anything else.
    Value,
}

/// What a host says a function takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature {
    /// What it is shown as, on one line.
    pub text: String,
    /// Its parameters: their types, and whether they may be left out.
    pub parameters: Vec<(String, bool)>,
}

/// The names that a chunk finds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// All globals.
    pub globals: BTreeSet<String>,
    /// The fields of those that are modules: of the library and of the host.
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// The functions of the host among them, as paths.
    pub hosts: BTreeSet<String>,
    /// Those of them that answer nil and a text where they fail.
    pub answering: BTreeSet<String>,
    /// What those of them take that say so.
    pub signatures: BTreeMap<String, Signature>,
    /// Names that there would be otherwise, `io` or `os.getenv`, and what would bring them.
    pub elsewhere: BTreeMap<String, String>,
}

impl Names {
    /// Adds a name of a module; globals are those of `_G`.
    pub(crate) fn add(&mut self, module: &str, name: &str) {
        if module == "_G" {
            self.globals.insert(name.to_owned());
        } else {
            self.fields.entry(module.to_owned()).or_default().insert(name.to_owned());
        }
    }

    /// Adds a function of the host and the tables it is in.
    pub(crate) fn add_path(&mut self, path: &str) {
        match path.rsplit_once('.') {
            Some((module, name)) => {
                self.add(module, name);
                self.add_path(module);
            }
            None => self.add("_G", path),
        }
    }

    /// Adds a name that would be there otherwise, unless it is there.
    pub(crate) fn add_elsewhere(&mut self, module: &str, name: &str, what: &str) {
        let (path, there) = match module {
            "_G" => (name.to_owned(), self.globals.contains(name)),
            _ => {
                let fields = self.fields.get(module);
                // What is said of the module is enough where that is missing.
                let there = fields.is_none_or(|fields| fields.contains(name));
                (format!("{module}.{name}"), there)
            }
        };
        if !there {
            self.elsewhere.entry(path).or_insert_with(|| what.to_owned());
        }
    }

    /// Returns what to write for a global that is not there.
    pub(crate) fn for_global(&self, name: &str, used: As) -> Option<String> {
        let mut known = GLOBALS.iter().filter(|(known, ..)| *known == name).peekable();
        if known.peek().is_some() {
            let fits = |as_what: As| as_what == used || as_what == As::Value;
            return known
                .find(|(_, as_what, _)| fits(*as_what))
                .map(|(.., what)| (*what).to_owned());
        }
        if let Some(what) = self.not_there(name) {
            return Some(what);
        }
        if name.len() >= 2 {
            let having = self.fields.iter().filter(|(_, fields)| fields.contains(name));
            if let [(module, _)] = having.collect::<Vec<_>>().as_slice() {
                return Some(format!("did you mean `{module}.{name}`?"));
            }
        }
        // One that is known was there, and something has taken it away.
        if name.len() < 3 || self.globals.contains(name) {
            return None;
        }
        // What is indexed is no function, and what is called no module.
        let fits = |known: &&String| match used {
            As::Module => self.fields.contains_key(*known),
            As::Function => !self.fields.contains_key(*known),
            As::Value => true,
        };
        let near = nearest(name, self.globals.iter().filter(fits).map(String::as_str))?;
        Some(format!("did you mean `{near}`?"))
    }

    /// Says of a name that would be there otherwise what is there for it: the function of the
    /// host that does the same, if there is one.
    fn not_there(&self, path: &str) -> Option<String> {
        let what = self.elsewhere.get(path)?;
        let does =
            |(known, host, _): &&(&str, &str, &str)| *known == path && self.hosts.contains(*host);
        let what = INSTEAD.iter().find(does).map_or(what.as_str(), |(.., what)| what);
        Some(format!("`{path}` is not there: {what}"))
    }

    /// Tells whether a global is one of another language that is used so, or would be there
    /// otherwise.
    pub(crate) fn is_known_elsewhere(&self, name: &str, used: As) -> bool {
        let fits = |as_what: As| as_what == used || as_what == As::Value;
        self.elsewhere.contains_key(name)
            || GLOBALS.iter().any(|(known, as_what, _)| *known == name && fits(*as_what))
    }

    /// Returns what to write for a field that a module does not have.
    pub(crate) fn for_field(&self, module: &str, name: &str) -> Option<String> {
        let fields = self.fields.get(module)?;
        if fields.contains(name) {
            return None;
        }
        let path = format!("{module}.{name}");
        if let Some(what) = self.not_there(&path) {
            return Some(what);
        }
        let idiom = match module {
            "string" => of_strings(name, "s"),
            "table" => table_idiom(name, "t"),
            _ => None,
        };
        let idiom = idiom.or_else(|| {
            let known = FIELDS.iter().find(|(known, _)| *known == path)?;
            Some(format!("write {}", known.1))
        });
        let other = HOSTS.iter().find(|(known, _)| *known == path).map(|(_, name)| *name);
        if let Some(other) = other.filter(|other| fields.contains(*other)) {
            return Some(format!("did you mean `{module}.{other}`?"));
        }
        idiom.or_else(|| {
            let near = nearest_function(name, fields.iter().map(String::as_str))?;
            Some(format!("did you mean `{module}.{near}`?"))
        })
    }

    /// Returns what to write for a method that strings do not have.
    pub(crate) fn for_string_method(&self, name: &str, object: &str) -> Option<String> {
        of_strings(name, object).or_else(|| {
            let near = nearest(name, self.fields.get("string")?.iter().map(String::as_str))?;
            Some(format!("did you mean `{object}:{near}`?"))
        })
    }
}

/// Tells whether a name is what another language calls nil or a boolean.
pub(crate) fn is_foreign_value(name: &str) -> bool {
    GLOBALS.iter().any(|(known, used, _)| *known == name && *used == As::Value)
}
