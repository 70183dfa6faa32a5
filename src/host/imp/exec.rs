//! `imp.exec` and the commands of hooks: programs of the system.

use super::hooks::HookResult;
use super::shared::Shared;
use super::toml_hooks::CommandHook;
use crate::host::pace;
use crate::host::process::{
    Captured, End, KEPT, Keep, Order, Process, find_program, inherited, is_program, word,
};
use crate::{Canceller, HostCx, HostError, HostFuture, HostKey, HostValue, Reply};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The time that the command of a hook may take.
const HOOK_TIME: Duration = Duration::from_secs(30);

/// `imp.exec(command, args, options)`: without arguments the command is one line for `sh`,
/// with arguments the name of a program.
pub(super) fn exec(
    cx: &mut HostCx<'_>,
    shared: &Shared,
    command: &str,
    args: &HostValue,
    options: &HostValue,
) -> Result<Reply, HostError> {
    let options = Options::of(options)?;
    // Where the caller works: a script's own folder is one from there.
    let base = shared.context().map(|context| context.cwd).filter(|cwd| cwd.is_dir());
    let directory = match options.cwd {
        None => base,
        Some(cwd) => {
            let from_base = base.map_or_else(|| cwd.to_owned(), |base| base.join(cwd));
            if !from_base.is_dir() {
                let cwd = cwd.display();
                return Err(HostError::new(format!("imp.exec: '{cwd}' is no folder to begin in")));
            }
            Some(from_base)
        }
    };
    let (name, args) = command_line(command, args)?;
    cx.check()?;
    cx.charge(pace::PROGRAM)?;
    cx.reserve(2 * KEPT)?;
    let mut order = order(name, args, directory)
        .ok_or_else(|| HostError::new(format!("imp.exec: no program '{name}'")))?;
    options.add_env(&mut order)?;
    order.timeout = cx.remaining();
    let mut process = Process::start(order)
        .map_err(|error| HostError::new(format!("imp.exec: cannot start '{name}': {error}")))?;
    Ok(Reply::Future(HostFuture::new(async move {
        let end = (&mut process).await;
        let code = match (process.signal(), end) {
            (None, End::Exited(code)) => code,
            _ => -1,
        };
        let (out, err) = process.output();
        Ok(vec![HostValue::object([
            ("stdout", text(out).into()),
            ("stderr", text(err).into()),
            ("exit_code", HostValue::Integer(code.into())),
        ])])
    })))
}

/// Returns the program and its arguments.
fn command_line<'a>(
    command: &'a str,
    args: &HostValue,
) -> Result<(&'a str, Vec<Vec<u8>>), HostError> {
    let argument = |item: &HostValue| {
        let wrong = || format!("imp.exec: an argument is a {} value", item.type_name());
        word(item).ok_or_else(|| HostError::new(wrong()))
    };
    match args {
        HostValue::Nil | HostValue::Null => Ok(("sh", vec![b"-c".to_vec(), command.into()])),
        HostValue::Array(items) => {
            Ok((command, items.iter().map(argument).collect::<Result<_, _>>()?))
        }
        _ => Err(HostError::new("imp.exec: the arguments are no list")),
    }
}

/// What a script says beside the command and its arguments.
struct Options<'a> {
    cwd: Option<&'a Path>,
    env: &'a [(HostKey, HostValue)],
}

impl<'a> Options<'a> {
    /// Reads them; what is nil or null is not said.
    ///
    /// # Errors
    /// Which of them is of another type. To pass over it would run the program elsewhere, or
    /// with another environment, than was asked for.
    fn of(options: &'a HostValue) -> Result<Options<'a>, HostError> {
        let wrong = |what: &str, wanted: &str, got: &HostValue| {
            let got = got.type_name();
            Err(HostError::new(format!("imp.exec: {what} must be a {wanted} (got {got})")))
        };
        if !options.is_nil() && fields(options).is_none() {
            return wrong("options", "table of cwd and env", options);
        }
        let field = |name: &str| options.field(name).filter(|value| !value.is_nil());
        let cwd = match field("cwd") {
            None => None,
            Some(HostValue::String(cwd)) => Some(Path::new(OsStr::from_bytes(cwd))),
            Some(other) => return wrong("cwd", "string", other),
        };
        let env = match field("env") {
            None => &[],
            Some(env) => match fields(env) {
                Some(fields) => fields,
                None if env.type_name() == "table" => {
                    return Err(HostError::new("imp.exec: env is no table of texts"));
                }
                None => return wrong("env", "table", env),
            },
        };
        Ok(Options { cwd, env })
    }

    /// Sets the variables of a program.
    ///
    /// # Errors
    /// Which of them is none.
    fn add_env(&self, order: &mut Order) -> Result<(), HostError> {
        for (name, value) in self.env {
            let Some(name) = name.as_str() else {
                return Err(HostError::new("imp.exec: env is no table of texts"));
            };
            let Some(text) = word(value) else {
                let got = value.type_name();
                return Err(HostError::new(format!(
                    "imp.exec: the variable '{name}' must be a string (got {got})"
                )));
            };
            if name.is_empty() || name.contains(['=', '\0']) || text.contains(&0) {
                return Err(HostError::new(format!("imp.exec: no variable '{name}'")));
            }
            order.env.retain(|(known, _)| known != name);
            order.env.push((name.into(), OsString::from_vec(text)));
        }
        Ok(())
    }
}

/// Returns the fields of a table that is no list; an empty one has none.
fn fields(table: &HostValue) -> Option<&[(HostKey, HostValue)]> {
    match table {
        HostValue::Object(fields) => Some(fields),
        HostValue::Array(items) if items.is_empty() => Some(&[]),
        _ => None,
    }
}

/// Returns a stream as text; what is no UTF-8 is replaced.
fn text(stream: Captured) -> String {
    String::from_utf8_lossy(&stream.into_noted_bytes()).into_owned()
}

/// Makes the order for a program; nothing, if there is none of the name.
fn order(name: &str, args: Vec<Vec<u8>>, directory: Option<PathBuf>) -> Option<Order> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let mut env = inherited(&[]);
    env.push(("PATH".into(), path.clone()));
    let program = if name.contains('/') {
        let base = directory.as_deref().unwrap_or_else(|| Path::new("."));
        std::path::absolute(base.join(name)).ok().filter(|path| is_program(path))
    } else {
        find_program(std::env::split_paths(&path), name)
    };
    Some(Order {
        program: program?,
        args: args.into_iter().map(OsString::from_vec).collect(),
        env,
        directory,
        confiner: None,
        timeout: None,
        merged: false,
        keep: Keep::First(KEPT),
    })
}

/// Runs the command of a hook, and adds what it says.
pub(super) fn run_hook(
    shared: &Shared,
    hook: &CommandHook,
    payload: &Value,
    result: &mut HookResult,
) {
    let (script, texts) = hook.script(payload);
    let words = ["-c", &script, "sh"].into_iter().map(str::to_owned).chain(texts);
    let args = words.map(String::into_bytes).collect();
    let directory = shared.context().map(|context| context.cwd).filter(|cwd| cwd.is_dir());
    let failed = |why: String| format!("hook '{}': {why}", hook.command);
    let Some(mut order) = order("sh", args, directory) else {
        result.errors.push(failed("there is no shell".to_owned()));
        return;
    };
    order.timeout = Some(HOOK_TIME);
    let process = match Process::start(order) {
        Ok(process) => process,
        Err(error) => {
            // As where a shell cannot start a program. What the event tells may be why: no
            // guard is passed by a text that is too long for it.
            let why = failed(error.to_string());
            if hook.blocking {
                result.block_for(Some(why.clone()), None);
            }
            result.errors.push(why);
            return;
        }
    };
    let canceller = shared.context().map(|context| context.canceller);
    let cancelled = || canceller.as_ref().is_some_and(Canceller::is_cancelled);
    let Ok(end) = process.wait_unless(|| if cancelled() { Err(()) } else { Ok(()) }) else {
        let why = "the call was cancelled";
        result.errors.push(failed(why.to_owned()));
        if hook.blocking {
            result.block_for(Some(why.to_owned()), None);
        }
        return;
    };
    let (out, err) = process.output();
    let tool = payload.get("tool_name").and_then(Value::as_str);
    take(hook, end, (&text(out), &text(err)), tool, result);
}

/// Takes what the command of a hook came to, and what it said.
pub(super) fn take(
    hook: &CommandHook,
    end: End,
    (out, err): (&str, &str),
    tool: Option<&str>,
    result: &mut HookResult,
) {
    let failed = |why: String| format!("hook '{}': {why}", hook.command);
    let said = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    match end {
        End::Exited(0) if hook.event == super::HookEvent::AfterToolCall.name() => {
            if let Some(content) = said(out) {
                let block = serde_json::json!({"type": "text", "text": content});
                result.modified_content = Some(vec![block]);
            }
        }
        End::Exited(0) => {}
        End::Exited(_) if hook.blocking => {
            result.block_for(said(err).or_else(|| said(out)), tool);
        }
        End::Exited(code) => result.errors.push(failed(format!("exit status {code}"))),
        End::TimedOut | End::Killed => {
            // No guard is passed by what it takes long to look at.
            let why = failed("its time is over".to_owned());
            if hook.blocking {
                result.block_for(Some(why.clone()), tool);
            }
            result.errors.push(why);
        }
    }
}
