//! `moonfuel replay` and `moonfuel diff`: what a trace has, once more, or from there on.

use super::display::{escape, usage_text};
use super::given::{OF_FIRST_RUNS, OF_RESUMING, OF_TRACES};
use super::options::ReplayOptions;
use super::progress::Progress;
use super::whole;
use super::{
    DIVERGED, DONE, Failure, LIMIT, Printed, Streams, USAGE, finish, json, session_builder,
    status_with_values, tell_outcome,
};
use crate::base::one_line::path_text;
use crate::session::{NEVER_BEGAN, read_bounded};
use crate::{
    Decision, HostError, HostValue, OpenCall, Outcome, Replay, ReplayError, ReplayView, Report,
    ResumedAt, Trace, Until,
};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is to be done about [`NEVER_BEGAN`].
const ONCE_MORE: &str = " (run it with --record once more)";

/// Replays a trace, or goes on with it.
pub(super) fn replay(
    options: &ReplayOptions,
    path: &Path,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    if options.resume && path == Path::new("-") {
        return Err(Failure::usage("--resume goes on in a file, not in `-`".to_owned()));
    }
    let unused = from_the_trace(options).or_else(|| without_use(options));
    if let Some(text) = unused {
        return Err(Failure::usage(text));
    }
    let trace = match read(path, streams)? {
        Ok(trace) => trace,
        Err(error) => return tell(&error, options, streams),
    };
    if options.resume {
        return resume(&trace, options, path, streams);
    }
    match options.until {
        Some(until) => play_until(&trace, until, options, streams),
        None => play(&trace, options, streams),
    }
}

/// Replays a trace to a place in it, and shows what there is to see.
fn play_until(
    trace: &Trace,
    until: Until,
    options: &ReplayOptions,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let view = match trace.replay_until(until) {
        Ok(view) => view,
        Err(error) => return tell(&error, options, streams),
    };
    let text = match options.run.json {
        true => view_json(&view),
        false => escape(view.to_string().as_bytes()),
    };
    streams.print(text.as_bytes())?;
    Ok(DONE)
}

/// Replays a trace to its end, as long as there is time.
fn play(trace: &Trace, options: &ReplayOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut progress = Progress::new(streams);
    let entries = trace.entries();
    let (begin, timeout) = (Instant::now(), own_timeout(options));
    let replayed = trace.replay_while(&mut |at| {
        progress.say(streams, || format!("replaying: {at} of {entries} entries"));
        timeout.is_none_or(|timeout| begin.elapsed() < timeout)
    });
    progress.clear(streams);
    match replayed {
        Ok(None) => {
            let ms = timeout.unwrap_or_default().as_millis();
            let text = format!(
                "the replay is out of time: {ms} milliseconds are over (raise with --timeout TIME)"
            );
            if options.run.json {
                let error = serde_json::json!({"kind": "deadline", "message": text});
                let object = serde_json::json!({"ok": false, "error": error});
                streams.print(format!("{object}\n").as_bytes())?;
                return Ok(LIMIT);
            }
            Err(Failure::new(LIMIT, text))
        }
        Ok(Some(Replay { reports, .. })) => {
            let runs = reports.len();
            let text = if options.run.json {
                format!("{{\"ok\":true,\"runs\":{runs},\"entries\":{entries},\"error\":null}}\n")
            } else {
                let (of_runs, of_entries) =
                    (plural(runs as u64, "run", "runs"), plural(entries, "entry", "entries"));
                format!("the same: {of_runs}, {of_entries}\n")
            };
            streams.print(text.as_bytes())?;
            Ok(DONE)
        }
        Err(error) => tell(&error, options, streams),
    }
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Returns how long a replay may take: as long as it likes, unless that was said.
fn own_timeout(options: &ReplayOptions) -> Option<Duration> {
    options.run.timeout().filter(|_| options.run.given.has("timeout"))
}

/// Says which option was given that a trace leaves no room for, whether its runs are repeated or
/// gone on with.
fn from_the_trace(options: &ReplayOptions) -> Option<String> {
    let given = &options.run.given;
    let text = |option: String, why: &str| format!("{option} has no effect on a replay: {why}");
    let said = given.first(&OF_TRACES).map(|option| text(option, "the trace says what it is"));
    said.or_else(|| Some(text(given.first(&OF_FIRST_RUNS)?, "record or count a run of the script")))
}

/// Says which option was given that has no use where nothing goes on behind the trace.
fn without_use(options: &ReplayOptions) -> Option<String> {
    let given = &options.run.given;
    if given.has("timeout") && options.until.is_some() {
        return Some("--timeout has no effect with --until".to_owned());
    }
    let option = given.first(&OF_RESUMING).filter(|_| !options.resume)?;
    Some(format!("{option} means something with --resume alone: a replay does what the trace has"))
}

/// Shows where two traces part.
pub(super) fn diff(one: &Path, other: &Path, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut traces = Vec::new();
    for path in [one, other] {
        match read(path, streams)? {
            Ok(trace) => traces.push(trace),
            Err(error) => {
                let text = format!("{}: {error}", path_text(path));
                return Err(Failure::new(DIVERGED, text));
            }
        }
    }
    match traces[0].difference(&traces[1]) {
        None => Ok(DONE),
        Some(difference) => {
            streams.print(escape(format!("{difference}\n").as_bytes()).as_bytes())?;
            Ok(DIVERGED)
        }
    }
}

/// Reads a trace; the inner error is about what is in it.
fn read(path: &Path, streams: &mut Streams<'_>) -> Result<Result<Trace, ReplayError>, Failure> {
    let bytes = match path == Path::new("-") {
        true => whole::read(streams.stdin),
        false => whole::read_file(path),
    };
    let bytes = bytes.map_err(|error| Failure::file("read the trace", path, &error))?;
    // Another file altogether is no damaged trace.
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !bytes.is_empty()
        && !line.starts_with(b"{")
        && memchr::memmem::find(line, b"moonfuel").is_none()
    {
        let text = format!("{} is no trace: --record FILE makes one", path_text(path));
        return Err(Failure::usage(text));
    }
    Ok(Trace::parse(bytes).map_err(ReplayError::from))
}

/// Says why a replay has not come to its end.
fn tell(
    error: &ReplayError,
    options: &ReplayOptions,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    if options.run.json {
        streams.print(error_json(error).as_bytes())?;
        let is_usage = matches!(error, ReplayError::NoSuchPlace { .. });
        return Ok(if is_usage { USAGE } else { DIVERGED });
    }
    if let ReplayError::NoSuchPlace { .. } = error {
        return Err(Failure::usage(format!("--until: {error}")));
    }
    let hint = match error {
        // The header alone: not even the script is there.
        ReplayError::Incomplete { entry: 1, .. } => &format!(": {NEVER_BEGAN}{ONCE_MORE}"),
        ReplayError::Incomplete { .. } => " (--resume goes on from there)",
        ReplayError::Damaged(error) if error.what.ends_with(NEVER_BEGAN) => ONCE_MORE,
        // What `session_builder` has not been told of is not there.
        ReplayError::Unfit { why, .. } if options.resume && why.ends_with("is not registered") => {
            " (give --root, --host, --extensions and the like as they were when this was recorded)"
        }
        ReplayError::Open(_) => {
            " (--redo calls it again, --reply JSON or --fail TEXT say what came of it)"
        }
        _ => "",
    };
    Err(Failure::new(DIVERGED, format!("{error}{hint}")))
}

fn error_json(error: &ReplayError) -> String {
    let (kind, entry) = match error {
        ReplayError::Damaged(error) => ("damaged", error.line),
        ReplayError::Diverged(divergence) => ("diverged", divergence.entry),
        ReplayError::Incomplete { entry, .. } => ("incomplete", *entry),
        ReplayError::Unfit { entry, .. } => ("unfit", *entry),
        ReplayError::Open(call) => ("open", call.entry),
        ReplayError::NoSuchPlace { entry, .. } => ("usage", *entry),
        ReplayError::Session(_) => ("usage", 1),
    };
    let mut fields = serde_json::json!({
        "kind": kind, "entry": entry, "message": error.to_string(),
    });
    match error {
        ReplayError::Diverged(divergence) => {
            fields["field"] = divergence.field.clone().into();
            fields["recorded"] = divergence.recorded.clone().into();
            fields["this_run"] = divergence.this_run.clone().into();
            fields["chunk"] = divergence.chunk.clone().into();
            fields["line"] = divergence.line.into();
            fields["fuel"] = divergence.fuel.into();
            fields["cause"] = divergence.cause.clone().into();
        }
        ReplayError::Open(call) => {
            fields["name"] = call.name.clone().into();
            let args = HostValue::Array(call.args.clone()).to_json();
            fields["args"] = args.unwrap_or_default();
            fields["idempotent"] = call.idempotent.into();
        }
        _ => {}
    }
    format!("{{\"ok\":false,\"error\":{fields}}}\n")
}

/// Writes what there is to see where a replay was stopped as one object.
fn view_json(view: &ReplayView) -> String {
    let calls: Vec<serde_json::Value> = view
        .calls
        .iter()
        .map(|call| {
            let local = |(name, value): &(String, String)| {
                serde_json::json!({"name": name, "value": value})
            };
            let locals: Vec<_> = call.locals.iter().map(local).collect();
            serde_json::json!({"chunk": call.chunk, "line": call.line, "locals": locals})
        })
        .collect();
    let ended = view.report.as_ref().map(|report| match report.json() {
        Ok(values) => {
            let values: serde_json::Value = read_bounded(values.as_bytes()).unwrap_or_default();
            serde_json::json!({"values": values, "shown": view.values, "error": null})
        }
        Err(error) => {
            let error = serde_json::json!({
                "kind": error.kind.name(), "message": String::from_utf8_lossy(&error.message),
            });
            serde_json::json!({"values": null, "shown": view.values, "error": error})
        }
    });
    let object = serde_json::json!({
        "ok": true,
        "entry": view.entry,
        "runs": view.runs,
        "fuel": view.fuel,
        "calls": calls,
        "traceback": view.traceback,
        "output": String::from_utf8_lossy(&view.output),
        "ended": ended,
        "error": null,
    });
    format!("{object}\n")
}

/// Goes on where a trace ends.
fn resume(
    trace: &Trace,
    options: &ReplayOptions,
    path: &Path,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    if !trace.has_runs() {
        return Err(Failure::usage(format!("{NEVER_BEGAN}{ONCE_MORE}")));
    }
    let (builder, gate) = session_builder(&options.run)?;
    if let Some((then, now)) = trace.other_policy(&builder) {
        let rules = |policy: &str| policy.split('+').next().map(str::to_owned);
        let text = if rules(&then) == rules(&now) {
            "what scripts may reach is not what it was when this was recorded: give --allow \
             env=NAME, net=HOST and git=DIR as they were then (recordings of older versions do \
             not know of them)"
        } else {
            "what scripts may do is not what it was when this was recorded: give --root, --allow \
             and --policy as they were then"
        };
        return Err(Failure::new(DIVERGED, text));
    }
    let rest = Rest::behind(path, trace.kept_bytes())
        .map_err(|error| Failure::file("go on in", path, &error))?;
    let decide = decider(options)?;
    let begin = Instant::now();
    let resumed = match trace.resume(builder, rest, decide) {
        Ok(resumed) => resumed,
        Err(error) => return tell(&error, options, streams),
    };
    match resumed.at {
        ResumedAt::Within { run, .. } => {
            let limits = run.limits().clone();
            let of = &options.run;
            let ran = finish(of, *run, &limits, None, Printed::AsOutput, gate.as_ref(), streams)?;
            if !options.run.json {
                tell_outcome(
                    &ran.report,
                    &limits,
                    options.run.timeout(),
                    None,
                    Some(&options.run.hosts),
                    streams,
                );
            }
            let status = status(&ran.report.outcome, options);
            ran.status(status, options.run.json)
        }
        ResumedAt::Between(session) => {
            let limits = session.limits().clone();
            drop(session);
            let Some(report) = resumed.reports.last() else { return Ok(DONE) };
            let status = show(report, trace.is_closed(), options, &limits, streams)?;
            if options.run.stats {
                streams.tell(&usage_text(&report.usage, begin.elapsed()));
            }
            Ok(status)
        }
    }
}

/// Returns the status with which `run` would end.
fn status(outcome: &Outcome, options: &ReplayOptions) -> u8 {
    match outcome {
        Outcome::Done(_) if !options.run.json => DONE,
        outcome => status_with_values(outcome),
    }
}

/// Shows a run that had ended already.
fn show(
    report: &Report,
    is_whole: bool,
    options: &ReplayOptions,
    limits: &crate::Limits,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    // Its time was that of the recording.
    let timeout = None;
    if options.run.json {
        let object = json::report_json(report, &report.output, limits, timeout);
        streams.print(object.as_bytes())?;
    } else {
        streams.print(&report.output)?;
        if is_whole {
            streams.tell("moonfuel: the trace is whole: its runs have ended, the last one so\n");
        }
        tell_outcome(report, limits, timeout, None, Some(&options.run.hosts), streams);
    }
    Ok(status(&report.outcome, options))
}

/// Returns what decides about a call that has no answer.
fn decider(
    options: &ReplayOptions,
) -> Result<impl FnMut(&OpenCall) -> Decision + Send + 'static, Failure> {
    let decided = match (&options.reply, &options.fail) {
        (Some(serde_json::Value::Array(values)), _) => {
            let values = values.iter().map(HostValue::from_json).collect::<Result<_, _>>();
            Some(Decision::Reply(values.map_err(|e| Failure::usage(format!("--reply: {e}")))?))
        }
        (Some(_), _) => return Err(Failure::usage("--reply: no array of values".to_owned())),
        (None, Some(text)) => Some(Decision::Fail(HostError::new(text.as_str()))),
        (None, None) if options.redo => Some(Decision::Redo),
        (None, None) => None,
    };
    let mut decided = decided;
    // It was said of one call, and not of all that may come.
    Ok(move |call: &OpenCall| decided.take().unwrap_or_else(|| call.redo_if_idempotent()))
}

/// The rest of a trace: what is behind its entries goes when the first new one comes.
pub(super) struct Rest {
    path: PathBuf,
    /// How much stays, until the first write.
    kept: Option<u64>,
    file: Option<File>,
}

impl Rest {
    /// Makes what follows so many bytes of a file that is there. One that cannot be written is
    /// found out about when there is something to write.
    ///
    /// # Errors
    /// When somebody else is writing it.
    fn behind(path: &Path, kept: u64) -> io::Result<Rest> {
        let file = OpenOptions::new().write(true).open(path).ok();
        file.as_ref().map_or(Ok(()), take)?;
        Ok(Rest { path: path.to_owned(), kept: Some(kept), file })
    }

    /// Makes what takes the place of a file, or makes one.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn over(path: &Path) -> io::Result<Rest> {
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        take(&file)?;
        Ok(Rest { path: path.to_owned(), kept: Some(0), file: Some(file) })
    }
}

/// Locks a file against others who write traces: two sessions in one are none.
fn take(file: &File) -> io::Result<()> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) if file.metadata()?.is_file() => {
            Err(io::Error::other("somebody else is writing it"))
        }
        // Where there are no locks nobody has one.
        _ => Ok(()),
    }
}

impl Write for Rest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(OpenOptions::new().write(true).open(&self.path)?),
        };
        if let Some(kept) = self.kept {
            // Pipes and terminals have no length to be set.
            if file.metadata()?.len() != kept {
                file.set_len(kept)?;
            }
            if kept > 0 {
                file.seek(SeekFrom::Start(kept))?;
            }
            self.kept = None;
        }
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
