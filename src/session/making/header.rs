//! The first line of a trace: all that a session is made from.

use super::config::{Config, Undo};
use crate::session::calls::host_table::HostTable;
use crate::session::natives::decode::Decode;
use crate::session::tapes::deck::{Deck, Reel};
use crate::session::tapes::limits::{limits_of, push_limits};
use crate::session::tapes::player::ENGINE;
use crate::session::tapes::recorded::FORMAT;
use crate::session::tapes::redact::TracePart;
use crate::session::tapes::text::{push_bytes, push_int, push_str};
use crate::session::tapes::value::{bytes_of, count_of, push_boolean, push_list};
use crate::session::values::host_value::HostValue;
use crate::session::values::limits::Limits;
use crate::stdlib::Profile;
use crate::vm::meters::fuel::FUEL_VERSION;

/// Profiles by their names.
const PROFILES: [(&str, Profile); 3] =
    [("strict", Profile::Strict), ("compat", Profile::Compat), ("full", Profile::Full)];

/// What the header says of a type of objects.
pub(in crate::session) struct TypeLine {
    pub(in crate::session) name: String,
    /// Its methods by name, and whether each is a metamethod.
    pub(in crate::session) methods: Vec<(String, bool)>,
}

/// What the header says of a function.
pub(in crate::session) struct FunctionLine {
    pub(in crate::session) path: String,
    pub(in crate::session) hash: String,
    pub(in crate::session) idempotent: bool,
    pub(in crate::session) takes_anything: bool,
}

/// A header that was read.
pub(in crate::session) struct Header {
    pub(in crate::session) engine: String,
    pub(in crate::session) fuel_version: u64,
    pub(in crate::session) profile: Profile,
    pub(in crate::session) limits: Limits,
    pub(in crate::session) seed: u64,
    pub(in crate::session) start_time: i64,
    pub(in crate::session) fuel_per_second: u64,
    pub(in crate::session) atomic: bool,
    pub(in crate::session) keep_null: bool,
    pub(in crate::session) decode: Decode,
    /// Names of the library that scripts do not have.
    pub(in crate::session) without: Vec<String>,
    pub(in crate::session) modules: Vec<(Vec<u8>, Vec<u8>)>,
    pub(in crate::session) places: u64,
    pub(in crate::session) functions: Vec<FunctionLine>,
    pub(in crate::session) types: Vec<TypeLine>,
    pub(in crate::session) buses: Vec<String>,
}

/// Writes the header of a session.
pub(in crate::session) fn write(deck: &mut Deck, config: &Config, host: &HostTable) {
    deck.profile = config.profile;
    let mut line = deck.begin("moonfuel");
    line.count("format", FORMAT);
    line.text("engine", ENGINE);
    line.count("fuel_version", u64::from(FUEL_VERSION));
    let profile = PROFILES.iter().find(|(_, profile)| *profile == config.profile);
    line.text("profile", profile.map_or("", |(name, _)| name));
    push_limits(line.field("limits"), &config.limits);
    line.count("seed", config.seed);
    push_int(line.field("start_time"), config.start_time);
    line.count("fuel_per_second", config.fuel_per_second);
    push_boolean(line.field("atomic"), config.undo != Undo::Never);
    push_boolean(line.field("keep_null"), config.keep_null);
    // What is not converted costs nothing. (Headers without it are those of all values.)
    if config.decode != Decode::All {
        line.text("decode", config.decode.name());
    }
    if !config.hidden.is_empty() {
        push_list(line.field("without"), &config.hidden, |text, name| push_str(text, name));
    }
    let mut left_out = false;
    let mut modules = Vec::new();
    for (name, source) in host.modules.named() {
        let redactor = deck.redactor.as_mut();
        let redacted = redactor.and_then(|redactor| redactor.bytes(TracePart::Source, source));
        left_out |= redacted.is_some();
        modules.push((name, redacted.unwrap_or_else(|| source.to_vec())));
    }
    push_list(line.field("modules"), modules, |text, (name, source)| {
        push_list(text, [name, &source[..]], push_bytes);
    });
    line.count("module_places", host.modules.places());
    push_list(line.field("functions"), &host.entries, |text, entry| {
        text.extend_from_slice(b"{\"path\":");
        push_str(text, &entry.path);
        text.extend_from_slice(b",\"hash\":");
        let (hash, idempotent) = host.declaration_hash(&entry.path);
        push_str(text, &hash);
        if idempotent {
            text.extend_from_slice(b",\"idempotent\":true");
        }
        if host.takes_anything(entry) {
            text.extend_from_slice(b",\"anything\":true");
        }
        text.push(b'}');
    });
    push_list(line.field("objects"), &host.types, |text, kind| {
        text.extend_from_slice(b"{\"type\":");
        push_str(text, &kind.name);
        text.extend_from_slice(b",\"methods\":");
        push_list(text, kind.methods(), |text, (name, is_event)| match is_event {
            true => push_list(text, [name], push_str),
            false => push_str(text, name),
        });
        text.push(b'}');
    });
    push_list(line.field("buses"), &host.buses, |text, bus| push_str(text, bus));
    // For people: a replay asks no policy, so it says what the trace does.
    let policy = match &deck.reel {
        Reel::Recording(_) => host.policy.as_ref().and_then(|policy| policy.fingerprint()),
        Reel::Playing(player) => {
            let recorded = player.trace.fields(0);
            recorded.field("policy").and_then(HostValue::as_str).map(str::to_owned)
        }
    };
    if let Some(policy) = policy {
        line.text("policy", &policy);
    }
    if left_out {
        line.redacted("modules");
    }
    deck.write(line);
}

/// Reads a header; the name of the field that is none is the error.
pub(in crate::session) fn read(json: &HostValue) -> Result<Header, &'static str> {
    let count = |name: &'static str| json.field(name).and_then(count_of).ok_or(name);
    let boolean = |name: &'static str| match json.field(name) {
        Some(HostValue::Boolean(b)) => Ok(*b),
        _ => Err(name),
    };
    let list = |name: &'static str| match json.field(name) {
        Some(HostValue::Array(items)) => Ok(items.as_slice()),
        _ => Err(name),
    };
    let text = |name: &'static str| json.field(name).and_then(HostValue::as_str).ok_or(name);
    let profile = text("profile")?;
    let profile = PROFILES.into_iter().find(|(name, _)| *name == profile).ok_or("profile")?;
    let modules = list("modules")?.iter().map(|module| match module {
        HostValue::Array(parts) => match parts.as_slice() {
            [name, source] => Some((bytes_of(name)?, bytes_of(source)?)),
            _ => None,
        },
        _ => None,
    });
    Ok(Header {
        engine: text("engine")?.to_owned(),
        fuel_version: count("fuel_version")?,
        profile: profile.1,
        limits: json.field("limits").and_then(limits_of).ok_or("limits")?,
        seed: count("seed")?,
        start_time: match json.field("start_time") {
            Some(HostValue::Integer(seconds)) => *seconds,
            _ => return Err("start_time"),
        },
        fuel_per_second: count("fuel_per_second")?.max(1),
        atomic: boolean("atomic")?,
        keep_null: boolean("keep_null")?,
        decode: match json.field("decode") {
            None => Decode::All,
            Some(_) => Decode::of_name(text("decode")?).ok_or("decode")?,
        },
        without: match json.field("without") {
            None => Vec::new(),
            Some(_) => texts(list("without")?).ok_or("without")?,
        },
        modules: modules.collect::<Option<_>>().ok_or("modules")?,
        places: count("module_places")?,
        functions: list("functions")?
            .iter()
            .map(function)
            .collect::<Option<_>>()
            .ok_or("functions")?,
        buses: texts(list("buses")?).ok_or("buses")?,
        types: list("objects")?.iter().map(kind).collect::<Option<_>>().ok_or("objects")?,
    })
}

fn texts(items: &[HostValue]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn function(json: &HostValue) -> Option<FunctionLine> {
    Some(FunctionLine {
        path: json.field("path")?.as_str()?.to_owned(),
        hash: json.field("hash")?.as_str()?.to_owned(),
        idempotent: json.field("idempotent") == Some(&HostValue::Boolean(true)),
        takes_anything: json.field("anything") == Some(&HostValue::Boolean(true)),
    })
}

fn kind(json: &HostValue) -> Option<TypeLine> {
    let HostValue::Array(methods) = json.field("methods")? else { return None };
    let methods = methods.iter().map(|method| match method {
        HostValue::Array(event) => Some((event.first()?.as_str()?.to_owned(), true)),
        name => Some((name.as_str()?.to_owned(), false)),
    });
    let methods = methods.collect::<Option<_>>()?;
    Some(TypeLine { name: json.field("type")?.as_str()?.to_owned(), methods })
}
