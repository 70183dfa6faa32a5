//! Extensions in the commands: `--host imp`, `--extensions DIR`, `moonfuel command`.

use super::allowed::Allowed;
use super::display::raise_with;
use super::given::{OF_CALLS, OF_OUTPUT};
use super::grants::Grants;
use super::options::{CommandOptions, RunOptions};
use super::{DONE, Failure, LIMIT, LUA_ERROR, Streams, check_log};
use crate::base::nearest::{meant, nearest};
use crate::base::one_line::{one_line, path_text};
use crate::drive::{DriveOptions, drive_run};
use crate::hints::knobs::in_options;
use crate::host::imp::{
    CallContext, CapabilityPolicy, Extensions, HookEvent, ImpError, RuntimeBuilder, load_fuel,
};
use crate::host::types;
use crate::session::lock;
use crate::{ErrorKind, Session, SessionBuilder};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

impl Grants {
    /// Returns what the rules come to in the words of extensions.
    pub(super) fn capabilities(&self) -> CapabilityPolicy {
        let allowed = Allowed::new(self.rules.clone());
        let known = types::imp();
        // Whether there is consent, where it is needed beside, the gate says at the call.
        let may =
            |path: &str| known.iter().any(|one| one.path() == path && allowed.has_tier_for(one));
        CapabilityPolicy {
            allow_native_tool_calls: may("imp.tool"),
            allow_shell_exec: may("imp.exec"),
            allow_http: !self.hosts().is_empty(),
            allow_secrets: false,
            allowed_env: self.rules.grants.env.clone().unwrap_or_default(),
            hosts: self.hosts().to_vec(),
        }
    }

    /// Gives a session `imp.*`, without a runtime around it.
    pub(super) fn give_imp(&self, builder: SessionBuilder, options: &RunOptions) -> SessionBuilder {
        let runtime = RuntimeBuilder::default()
            .policy(self.capabilities())
            .limits(options.limits())
            .gate(self.gate.clone())
            .session(builder);
        let (builder, shared, _) = runtime.into_session();
        shared.set_context(CallContext::new(self.working_directory()));
        builder
    }

    /// Returns where calls work: at the root, or where the command was called.
    fn working_directory(&self) -> PathBuf {
        let here = || std::env::current_dir().unwrap_or_default();
        self.root().and_then(|root| root.canonicalize().ok()).unwrap_or_else(here)
    }
}

/// As [`extensions_with`], with what they print kept.
///
/// # Errors
/// As [`extensions_with`].
pub(super) fn extensions_heard(
    options: &RunOptions,
    grants: Option<&Grants>,
    told: &Told,
) -> Result<Option<Extensions>, Failure> {
    let told = told.clone();
    extensions_with(options, options.time.seconds(), grants, move |runtime| {
        let told = told.clone();
        runtime.on_output(move |bytes| told.add(&super::escape(bytes)))
    })
}

/// Loads the extensions of the options, in a runtime that something is added to, whose clock
/// begins at a time: nothing, if there are none. What came of each is in their report.
///
/// # Errors
/// When a folder is not there, or the session cannot be made.
pub(super) fn extensions_with(
    options: &RunOptions,
    time: i64,
    grants: Option<&Grants>,
    add: impl Fn(RuntimeBuilder) -> RuntimeBuilder + Send + Sync + 'static,
) -> Result<Option<Extensions>, Failure> {
    let folders = &options.hosts.extensions;
    let Some(grants) = grants.filter(|_| !folders.is_empty()) else { return Ok(None) };
    check_folders(folders)?;
    let grants = grants.clone();
    let policy = grants.capabilities();
    let (limits, timeout) = (options.limits(), options.timeout());
    let (profile, seed) = (options.profile, options.seed);
    let make = move || {
        let session = Session::builder().profile(profile).seed(seed).start_time(time);
        let session = grants
            .register(session, profile)
            .map_err(|error| ImpError::Extension(format!("cannot open the root: {error}")))?;
        let runtime = RuntimeBuilder::default()
            .policy(policy.clone())
            .limits(limits.clone())
            .timeout(timeout)
            .gate(grants.gate.clone())
            .session(session);
        add(runtime).build()
    };
    Extensions::from_folders(folders.clone(), make)
        .map(Some)
        .map_err(|error| Failure::usage(error.to_string()))
}

fn check_folders(folders: &[PathBuf]) -> Result<(), Failure> {
    for folder in folders {
        if let Err(error) = std::fs::read_dir(folder) {
            return Err(Failure::file("open the extensions", folder, &error));
        }
    }
    Ok(())
}

/// Returns what is said of extensions once they are loaded: which could not be, which names
/// two of them have, and which events they wait for in vain. A host of its own may fire those;
/// the command fires none of its own.
pub(super) fn told_of(extensions: &Extensions) -> String {
    let mut text = String::new();
    for loaded in extensions.report().iter() {
        if let Some(error) = &loaded.error {
            text +=
                &not_loaded(&one_line(&loaded.extension.name), &error.to_string(), error.hint());
        }
    }
    for doubled in extensions.doubled() {
        text += &super::escape(format!("moonfuel: warning: {doubled}\n").as_bytes());
    }
    let runtime = extensions.runtime();
    let runtime = lock(&runtime);
    let known = HookEvent::ALL.map(HookEvent::name);
    let waited_for: BTreeSet<&str> = runtime.hook_events().into_iter().collect();
    for event in waited_for.into_iter().filter(|event| !known.contains(event)) {
        let event = super::escape(event.as_bytes());
        text += &format!("moonfuel: warning: nothing here fires the event '{event}' of `imp.on`\n");
    }
    text
}

/// Returns what is said of an extension that could not be loaded.
fn not_loaded(name: &str, why: &str, hint: Option<&str>) -> String {
    let mut text = format!("moonfuel: the extension '{name}' is not loaded: {why}\n");
    if let Some(hint) = hint {
        text.push_str(&format!("hint: {}\n", in_options(hint)));
    }
    super::escape(text.as_bytes())
}

/// Runs the extensions of the options in a session, before its script, and returns the session.
/// One that fails is told, and keeps nothing of the others from being there.
pub(super) fn load_into(
    mut session: Session,
    options: &RunOptions,
    streams: &mut Streams<'_>,
) -> Result<Session, Failure> {
    let folders = &options.hosts.extensions;
    check_folders(folders)?;
    let fuel = load_fuel(&options.limits());
    for extension in crate::host::imp::discover_in(folders.iter().cloned()) {
        let name = format!("@{}", path_text(&extension.path));
        let source = match crate::host::imp::read(&extension) {
            Ok(source) => source,
            Err(error) => {
                let why = crate::host::imp::unreadable(&extension, &error);
                streams.tell(&not_loaded(&one_line(&extension.name), &why, None));
                continue;
            }
        };
        let mut driven = DriveOptions::from(options.timeout());
        driven.fuel = Some(fuel);
        let run = session.start(crate::Chunk::new(&source).named(&name));
        let report;
        let mut printed = |bytes: &[u8]| streams.tell(&super::escape(bytes));
        (session, report) = drive_run(run, driven, &mut printed);
        if let (false, Err(error)) = (report.is_done(), report.json()) {
            streams.tell(&not_loaded(
                &one_line(&extension.name),
                &error.to_string(),
                error.hint.as_deref(),
            ));
        }
    }
    Ok(session)
}

/// What extensions tell while they are at work: progress, and what they print.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Mutex<String>>);

impl Told {
    fn add(&self, text: &str) {
        lock(&self.0).push_str(text);
    }

    /// Returns a context whose progress is kept.
    pub(super) fn context(&self, grants: &Grants) -> CallContext {
        let told = self.clone();
        CallContext::new(grants.working_directory()).on_update(move |text| {
            told.add(&format!("moonfuel: progress: {}\n", super::escape(text.as_bytes())));
        })
    }

    /// Tells it on standard error.
    pub(super) fn tell(&self, streams: &mut Streams<'_>) {
        let text = std::mem::take(&mut *lock(&self.0));
        streams.tell(&text);
    }
}

/// Says why an extension could not do what it was called for, and returns the exit status.
pub(super) fn failed(error: &ImpError, streams: &mut Streams<'_>) -> u8 {
    let kind = match error {
        ImpError::Lua(error) | ImpError::Tool(error) => Some(error.kind),
        _ => None,
    };
    let hint = kind.map(raise_with).unwrap_or_default();
    streams.say(format!("{error}{hint}").as_bytes());
    if !hint.is_empty() || kind == Some(ErrorKind::Cancelled) { LIMIT } else { LUA_ERROR }
}

/// `moonfuel command NAME ARGS`: calls one command of an extension, and prints its answer.
pub(super) fn command(options: &CommandOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    if let Some(option) = options.run.given.first(&[OF_OUTPUT, OF_CALLS].concat()) {
        return Err(Failure::usage(format!("{option} has no effect on a command")));
    }
    let grants = super::grants::grants(&options.run.hosts)?;
    let told = Told::default();
    let Some(loaded) = extensions_heard(&options.run, grants.as_ref(), &told)? else {
        return Err(Failure::usage("commands are those of --extensions DIR".to_owned()));
    };
    told.tell(streams);
    streams.tell(&told_of(&loaded));
    let known = loaded.commands();
    if known.iter().all(|command| command.name != options.name) {
        let names = known.iter().map(|command| command.name.as_str());
        let hint = meant(nearest(&options.name, names));
        return Err(Failure::usage(format!("there is no command '{}'{hint}", options.name)));
    }
    let context = grants.as_ref().map(|grants| told.context(grants));
    let answer = loaded.execute_command(&options.name, &options.arguments.join(" "), context);
    told.tell(streams);
    let status = match answer {
        Ok(answer) => {
            if let Some(text) = answer {
                streams.print(format!("{text}\n").as_bytes())?;
            }
            DONE
        }
        Err(error) => failed(&error, streams),
    };
    grants.map_or(Ok(()), |grants| check_log(&grants.gate))?;
    Ok(status)
}
