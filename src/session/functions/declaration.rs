//! What a host says about a function of its own: the one description that registration,
//! the policy, help for scripts, types for editors and schemas are made from.

use crate::base::sha256::Sha256;
use crate::session::values::denied::Denied;
use crate::session::values::digest::Digest;
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::HostValue;
use std::fmt;

/// How much a function may do, from least to most. A session is granted one of these and
/// may call what asks for no more.
///
/// A function that nobody has declared is [`Tier::Privileged`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// It looks.
    ReadOnly,
    /// It changes files or lists.
    Write,
    /// It runs programs.
    Execute,
    /// It reaches into the host.
    Privileged,
}

impl Tier {
    /// All of them, from least to most.
    pub(crate) const ALL: [Tier; 4] =
        [Tier::ReadOnly, Tier::Write, Tier::Execute, Tier::Privileged];

    /// Returns the name that policies and messages give it: `read_only`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tier::ReadOnly => "read_only",
            Tier::Write => "write",
            Tier::Execute => "execute",
            Tier::Privileged => "privileged",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Tier, String> {
        let found = Tier::ALL.into_iter().find(|tier| tier.name() == text);
        found.ok_or_else(|| {
            format!("unknown tier '{text}': read_only, write, execute or privileged")
        })
    }
}

/// What a function touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// It reads files.
    Read,
    /// It writes files.
    Write,
    /// It runs programs.
    Exec,
    /// It reaches the network.
    Net,
    /// It reads secrets.
    Secret,
}

impl Effect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Exec => "exec",
            Effect::Net => "net",
            Effect::Secret => "secret",
        }
    }
}

/// How a refusal reaches the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalStyle {
    /// As the two values nil and text.
    NilAndText,
    /// As an error.
    Raises,
    /// As nil alone where this rule refuses, and as an error where another does: what is not
    /// listed is as if it were not there.
    Hides(&'static str),
}

impl RefusalStyle {
    /// Returns what a script gets of a refusal.
    ///
    /// # Errors
    /// The refusal, where it is raised.
    pub(crate) fn refusal(self, denied: &Denied) -> Result<Vec<HostValue>, HostError> {
        match self {
            RefusalStyle::NilAndText => Ok(vec![HostValue::Nil, denied.to_string().into()]),
            RefusalStyle::Hides(rule) if denied.rule == rule => Ok(vec![HostValue::Nil]),
            RefusalStyle::Raises | RefusalStyle::Hides(_) => Err(HostError::denied(denied)),
        }
    }
}

/// A parameter of a declared function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// Its type, as LuaCATS writes it: `string`, `string[]`, `{timeout?: integer}`.
    pub(crate) kind: String,
    pub(crate) optional: bool,
    pub(crate) doc: String,
}

/// The description of a function of the host: what it takes, returns, touches and asks for.
///
/// Types are written as LuaCATS has them: `string`, `integer?`, `string[]`,
/// `{name: string, size?: integer}`, `"file"|"directory"`.
///
/// ```
/// use moonfuel::{Declaration, Effect, Tier};
///
/// let search = Declaration::new("db.search")
///     .doc("Finds rows by their text.")
///     .parameter("text", "string", "What to look for.")
///     .parameter("limit?", "integer", "The most rows; 100 if absent.")
///     .result("table[]", "The rows.")
///     .tier(Tier::ReadOnly)
///     .effect(Effect::Read);
/// assert_eq!(search.path(), "db.search");
/// assert_eq!(search.signature(), "db.search(text: string, limit?: integer): table[]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    pub(crate) path: String,
    pub(crate) doc: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: String,
    pub(crate) result_doc: String,
    pub(crate) tier: Tier,
    pub(crate) effects: Vec<Effect>,
    pub(crate) consent: bool,
    /// The tier whose rate it is counted by.
    pub(crate) rate: Tier,
    pub(crate) style: RefusalStyle,
    /// Whether what it returns is looked through for secrets, if the policy says so.
    pub(crate) redacted: bool,
    pub(crate) price: String,
    /// Whether calling it again with the same arguments changes nothing more.
    pub(crate) idempotent: bool,
}

impl Declaration {
    /// Begins the description of the function at a path such as `db.search`. It is
    /// privileged, takes and returns nothing, and raises its refusals.
    pub fn new(path: impl Into<String>) -> Declaration {
        Declaration {
            path: path.into(),
            doc: String::new(),
            parameters: Vec::new(),
            result: String::new(),
            result_doc: String::new(),
            tier: Tier::Privileged,
            effects: Vec::new(),
            consent: false,
            rate: Tier::Privileged,
            style: RefusalStyle::Raises,
            redacted: true,
            price: String::new(),
            idempotent: false,
        }
    }

    /// Says what it does, in a sentence or two.
    #[must_use]
    pub fn doc(mut self, text: impl Into<String>) -> Self {
        self.doc = text.into();
        self
    }

    /// Adds a parameter. The name of one that may be left out ends in `?`.
    #[must_use]
    pub fn parameter(mut self, name: &str, kind: &str, doc: &str) -> Self {
        let optional = name.ends_with('?');
        self.parameters.push(Parameter {
            name: name.trim_end_matches('?').to_owned(),
            kind: kind.to_owned(),
            optional,
            doc: doc.to_owned(),
        });
        self
    }

    /// Says what it returns when it succeeds.
    #[must_use]
    pub fn result(mut self, kind: &str, doc: &str) -> Self {
        self.result = kind.to_owned();
        self.result_doc = doc.to_owned();
        self
    }

    /// Sets the tier it asks for, and by which its calls are counted.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self.rate = tier;
        self
    }

    /// Adds something it touches.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Says that it asks for consent whatever the tier.
    #[must_use]
    pub fn needs_consent(mut self) -> Self {
        self.consent = true;
        self
    }

    /// Says that refusals come as the two values nil and text, and are not raised.
    #[must_use]
    pub fn answers_nil(mut self) -> Self {
        self.style = RefusalStyle::NilAndText;
        self
    }

    /// Says that what this rule refuses is nil, as what is not there; other refusals are raised.
    #[must_use]
    pub(crate) fn hides(mut self, rule: &'static str) -> Self {
        self.style = RefusalStyle::Hides(rule);
        self
    }

    /// Says that what it returns is not looked through for secrets.
    #[must_use]
    pub fn unredacted(mut self) -> Self {
        self.redacted = false;
        self
    }

    /// Says that calling it again with the same arguments changes nothing more.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Says what a call costs in fuel, in words.
    #[must_use]
    pub fn price(mut self, text: impl Into<String>) -> Self {
        self.price = text.into();
        self
    }

    /// Returns where scripts find it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the name without its tables: `search` of `db.search`.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// Returns the SHA-256 of all that is said here, by which a trace knows the function.
    pub(crate) fn hash(&self) -> String {
        let parameters: Vec<_> = self
            .parameters
            .iter()
            .map(|p| serde_json::json!([p.name, p.kind, p.optional, p.doc]))
            .collect();
        let effects: Vec<_> = self.effects.iter().map(|effect| effect.name()).collect();
        let style = match self.style {
            RefusalStyle::NilAndText => true.into(),
            RefusalStyle::Raises => false.into(),
            RefusalStyle::Hides(rule) => serde_json::Value::from(rule),
        };
        let canonical = serde_json::json!([
            self.path,
            self.doc,
            parameters,
            self.result,
            self.result_doc,
            self.tier.name(),
            effects,
            self.consent,
            self.rate.name(),
            style,
            self.redacted,
            self.price,
            self.idempotent,
        ]);
        Digest(Sha256::digest(canonical.to_string().as_bytes())).to_string()
    }

    /// Returns what it takes and returns on one line.
    pub fn signature(&self) -> String {
        let parameter =
            |p: &Parameter| format!("{}{}: {}", p.name, if p.optional { "?" } else { "" }, p.kind);
        let parameters: Vec<String> = self.parameters.iter().map(parameter).collect();
        let result =
            if self.result.is_empty() { String::new() } else { format!(": {}", self.result) };
        format!("{}({}){result}", self.path, parameters.join(", "))
    }
}
