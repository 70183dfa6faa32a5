//! `moonfuel fuzz`: looking for inputs that make a script fail.
//!
//! Exit status: 0 nothing was found, 1 a failure was found, 2 usage or unreadable input,
//! 3 syntax error.

use super::display::{error_text, escape};
use super::options::{FuzzOptions, parse_args};
use super::progress::Progress;
use super::source::{Script, reason};
use super::whole;
use super::{DONE, Failure, LUA_ERROR, Streams, USAGE, error_status, library};
use crate::base::one_line::path_text;
use crate::base::sha256::Sha256;
use crate::drive::{KeptTrace, drive};
use crate::fuzz::{Finding, Fuzzer, Input, Inputs, Schema, Target};
use crate::{Chunk, ChunkCoverage, Coverage, Limits, Outcome, Session, SessionBuilder};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Attempts between two looks at the clock.
const ROUND: u64 = 64;
/// The time after the last attempt in which what was found is saved and counted.
const REST: Duration = Duration::from_secs(1);
/// Most bytes of a file of the corpus, of a schema or of an input.
const LARGEST: u64 = 1 << 20;
/// Most bytes of a trace of what was found.
const LARGEST_TRACE: usize = 256 << 20;

impl FuzzOptions {
    fn inputs(&self) -> Result<Inputs, Failure> {
        if let Some(max) = self.bytes {
            return Ok(Inputs::Bytes { max: usize::try_from(max).unwrap_or(usize::MAX) });
        }
        if let Some(file) = &self.schema {
            let schema = Schema::new(&read_json(file)?);
            let schema = schema.map_err(|e| Failure::usage(format!("{}: {e}", path_text(file))))?;
            return Ok(Inputs::Json(schema));
        }
        match self.example()? {
            Some(example) => Ok(Inputs::Json(Schema::of_example(&example))),
            None => Err(Failure::usage(
                "say what its inputs are: --schema FILE, --example JSON or --bytes".to_owned(),
            )),
        }
    }

    fn example(&self) -> Result<Option<Value>, Failure> {
        let Some(text) = &self.example else { return Ok(None) };
        match text.strip_prefix('@') {
            Some(file) => read_json(Path::new(file)).map(Some),
            None => parse_args(text)
                .map(Some)
                .map_err(|e| Failure::usage(format!("the example is {e}"))),
        }
    }

    fn folder(&self) -> PathBuf {
        let beside = || {
            let mut name = self.script.clone();
            name.push(".failures");
            PathBuf::from(name)
        };
        self.failures.clone().unwrap_or_else(beside)
    }
}

/// Describes the session of an attempt.
fn builder(options: &FuzzOptions) -> Result<SessionBuilder, Failure> {
    let limits = Limits {
        fuel: options.fuel,
        memory: options.memory,
        output: options.output,
        ..Limits::default()
    };
    let builder = Session::builder().limits(limits).profile(options.profile);
    let Some(lib) = &options.lib else { return Ok(builder) };
    Ok(builder.module_source(library(lib)?))
}

/// When a campaign is over.
#[derive(Clone, Copy)]
struct Times {
    begin: Instant,
    /// When attempts end. One beyond all time is none.
    end: Option<Instant>,
    /// When the rest ends, too.
    rest: Option<Instant>,
}

impl Times {
    fn of(options: &FuzzOptions) -> Times {
        let begin = Instant::now();
        let seconds = match (options.seconds, options.attempts) {
            (None, None) => Some(60),
            (seconds, _) => seconds,
        };
        let end = seconds.and_then(|seconds| begin.checked_add(Duration::from_secs(seconds)));
        Times { begin, end, rest: end.and_then(|end| end.checked_add(REST)) }
    }

    fn is_over(&self) -> bool {
        self.rest.is_some_and(|rest| rest <= Instant::now())
    }
}

/// Runs the campaign.
pub(super) fn fuzz(options: &FuzzOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let inputs = if options.tries.is_empty() { Some(options.inputs()?) } else { None };
    let script = Script::read(&options.script, Limits::default().source, streams.stdin);
    let script = script.map_err(Failure::usage)?;
    let chunk = Chunk::new(&script.text).named(&script.name);
    let mut target = match Target::new(builder(options)?, chunk) {
        Ok(target) => target,
        Err(error) => {
            streams.tell(&error_text(&error, Some(&script)));
            return Ok(error_status(&error));
        }
    };
    let Some(inputs) = inputs else { return try_each(options, &mut target, streams) };
    let mut fuzzer = Fuzzer::new(target, inputs).seed(options.seed);
    if let Some(example) = options.example()? {
        fuzzer.add(Input::Json(example));
    }
    let known = read_corpus(options, &mut fuzzer, streams)?;
    let times = Times::of(options);
    let saved = campaign(options, &script, &mut fuzzer, &times, streams)?;
    if let Some(folder) = &options.corpus {
        save_corpus(folder, &fuzzer, &known)?;
    }
    if options.json {
        let coverage = Some(fuzzer.coverage()).filter(|_| !times.is_over());
        let text = summary(&fuzzer, coverage.as_ref(), &saved).to_string();
        streams.print(format!("{text}\n").as_bytes())?;
    }
    Ok(if fuzzer.findings().is_empty() { DONE } else { LUA_ERROR })
}

/// Makes attempts until there have been enough. Returns where what was found is saved.
fn campaign(
    options: &FuzzOptions,
    script: &Script,
    fuzzer: &mut Fuzzer,
    times: &Times,
    streams: &mut Streams<'_>,
) -> Result<Vec<PathBuf>, Failure> {
    let Times { begin, end, rest } = *times;
    fuzzer.set_deadline(end);
    let enough = options.attempts.unwrap_or(u64::MAX);
    let mut saved = Vec::new();
    let mut progress = Progress::new(streams);
    while fuzzer.attempts() < enough && end.is_none_or(|end| Instant::now() < end) {
        fuzzer.run(ROUND.min(enough - fuzzer.attempts()));
        if fuzzer.findings().len() > saved.len() {
            progress.clear(streams);
        }
        progress.say(streams, || {
            let (attempts, edges) = (fuzzer.attempts(), fuzzer.edges());
            let (found, seconds) = (fuzzer.findings().len(), begin.elapsed().as_secs());
            format!("{attempts} attempts in {seconds} s, {edges} reached, {found} failures")
        });
        for finding in &fuzzer.findings()[saved.len()..] {
            let file = save(options, script, finding, rest, streams)?;
            if !options.json {
                let mut text = format!("{}\n", escape(finding.failure.to_string().as_bytes()));
                let input = finding.input.to_string();
                let shown: String = input.chars().take(200).collect();
                let _ = writeln!(text, "  input: {}", escape(shown.as_bytes()));
                let _ = writeln!(text, "  saved: {}", escape(path_text(&file).as_bytes()));
                streams.print(text.as_bytes())?;
            }
            saved.push(file);
        }
    }
    progress.clear(streams);
    let time = begin.elapsed().as_secs_f64();
    let (attempts, found) = (fuzzer.attempts(), fuzzer.findings().len());
    let inputs = match fuzzer.corpus().count() {
        1 => "1 input reaches".to_owned(),
        count => format!("{count} inputs reach"),
    };
    let failures = if found == 1 { "failure" } else { "failures" };
    streams.tell(&format!(
        "moonfuel: {attempts} attempts in {time:.1} s ({:.0} a second), {inputs} {} \
         instructions and jumps, {found} {failures} found\n",
        attempts as f64 / time.max(1e-9),
        fuzzer.edges(),
    ));
    if fuzzer.unstable() > 0 {
        streams.tell(&format!(
            "moonfuel: {} failures did not happen again when the script was run anew\n",
            fuzzer.unstable()
        ));
    }
    if fuzzer.unfinished() > 0 {
        streams.tell(
            "moonfuel: the time was over before the last attempt had ended: it takes more \
             --seconds, or less --fuel\n",
        );
    }
    fuzzer.set_deadline(rest);
    Ok(saved)
}

/// Says what was done, with nothing in it that depends on the time.
fn summary(fuzzer: &Fuzzer, coverage: Option<&Coverage>, saved: &[PathBuf]) -> Value {
    let findings: Vec<Value> = fuzzer
        .findings()
        .iter()
        .zip(saved)
        .map(|(finding, file)| {
            let input = match &finding.input {
                Input::Json(value) => value.clone(),
                Input::Bytes(bytes) => json!(bytes.escape_ascii().to_string()),
            };
            json!({
                "kind": finding.failure.kind.name(),
                "place": finding.failure.place,
                "message": finding.failure.message,
                "traceback": finding.failure.traceback,
                "input": input,
                "file": file.display().to_string(),
                "attempt": finding.attempt,
                "times": finding.times,
            })
        })
        .collect();
    let lines = |chunk: &ChunkCoverage| {
        let ((executed, lines), (taken, ways)) = (chunk.line_totals(), chunk.branch_totals());
        json!({"chunk": chunk.name, "lines": [executed, lines], "branches": [taken, ways]})
    };
    let lines = coverage.map(|coverage| coverage.chunks.iter().map(lines).collect::<Vec<Value>>());
    json!({
        "attempts": fuzzer.attempts(),
        "inputs": fuzzer.corpus().count(),
        "edges": fuzzer.edges(),
        "unstable": fuzzer.unstable(),
        "coverage": lines,
        "failures": findings,
    })
}

/// Tries inputs once each and says what comes of them.
fn try_each(
    options: &FuzzOptions,
    target: &mut Target,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let mut status = DONE;
    for file in &options.tries {
        let input = match input(file) {
            Ok(input) => input,
            Err(failure) => {
                streams.say(failure.message.as_bytes());
                status = USAGE;
                continue;
            }
        };
        let attempt = target.execute(&input);
        let said = match &attempt.failure {
            Some(failure) => {
                status = status.max(LUA_ERROR);
                failure.to_string()
            }
            None => "nothing is wrong".to_owned(),
        };
        let name = path_text(file);
        streams.print(format!("{}\n", escape(format!("{name}: {said}").as_bytes())).as_bytes())?;
    }
    Ok(status)
}

/// Returns the name of an input's file: by what is in it, so that none is there twice.
fn name_of(input: &Input) -> String {
    let digest = Sha256::digest(&input.to_bytes());
    let mut name = String::new();
    for byte in &digest[..8] {
        let _ = write!(name, "{byte:02x}");
    }
    name + match input {
        Input::Json(_) => ".json",
        Input::Bytes(_) => ".bin",
    }
}

/// Saves what was found: the input, and beside it what it is about, and a trace that replays, if
/// there is time to make one.
fn save(
    options: &FuzzOptions,
    script: &Script,
    finding: &Finding,
    end: Option<Instant>,
    streams: &mut Streams<'_>,
) -> Result<PathBuf, Failure> {
    let name = format!("{}-{}", finding.failure.kind.name(), name_of(&finding.input));
    let file = options.folder().join(name);
    write(&file, &finding.input.to_bytes())?;
    let about = format!("{}\n{}\n", finding.failure, finding.failure.traceback);
    write(&file.with_extension("txt"), about.trim_end().as_bytes())?;
    // It is written once it is whole: a part of one would be of something else.
    let trace = KeptTrace::up_to(LARGEST_TRACE);
    let session = builder(options)?.record(trace.clone()).build();
    let session = session.map_err(|e| Failure::usage(e.to_string()))?;
    let chunk = Chunk::new(&script.text).named(&script.name);
    let left = end.map(|end| end.saturating_duration_since(Instant::now()));
    let (session, report) = drive(session, finding.input.give(&chunk), left, &mut |_| ());
    drop(session);
    let kept = trace.take();
    match kept.filter(|_| report.outcome != Outcome::Deadline) {
        Some(bytes) => write(&file.with_extension("trace.jsonl"), &bytes)?,
        None => {
            let what = if report.outcome == Outcome::Deadline { "time" } else { "room" };
            let shown = escape(path_text(&file).as_bytes());
            streams.tell(&format!("moonfuel: no {what} for a trace of {shown}\n"));
        }
    }
    Ok(file)
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = made.and_then(|()| whole::write_file(file, &[bytes]));
    written.map_err(|error| Failure::file("write", file, &error))
}

/// Adds the inputs of the folder, by name. Returns their names.
fn read_corpus(
    options: &FuzzOptions,
    fuzzer: &mut Fuzzer,
    streams: &mut Streams<'_>,
) -> Result<Vec<String>, Failure> {
    let Some(folder) = &options.corpus else { return Ok(Vec::new()) };
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let ending = if options.bytes.is_some() { "bin" } else { "json" };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    // Reading a pipe would wait for who writes.
    let is_input = |path: &PathBuf| path.extension().is_some_and(|end| end == ending);
    let mut files: Vec<PathBuf> = paths.filter(|path| is_input(path) && path.is_file()).collect();
    files.sort();
    let mut names = Vec::new();
    for file in files {
        // What one file is does not keep the others from being tried.
        let why = match input(&file) {
            Ok(input) => {
                names.push(name_of(&input));
                if fuzzer.add(input) {
                    continue;
                }
                format!("{} is no such input", path_text(file))
            }
            Err(failure) => failure.message,
        };
        streams.say(format!("left out: {why}").as_bytes());
    }
    Ok(names)
}

fn save_corpus(folder: &Path, fuzzer: &Fuzzer, known: &[String]) -> Result<(), Failure> {
    for input in fuzzer.corpus() {
        let name = name_of(input);
        if !known.contains(&name) {
            write(&folder.join(name), &input.to_bytes())?;
        }
    }
    Ok(())
}

/// Reads an input as it is saved.
fn input(file: &Path) -> Result<Input, Failure> {
    if file.extension().is_some_and(|end| end == "json") {
        return read_json(file).map(Input::Json);
    }
    read(file).map(Input::Bytes)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |why: &str| Failure::usage(format!("cannot read {}: {why}", path_text(file)));
    let bytes = File::open(file).and_then(|mut file| whole::read_past(&mut file, LARGEST));
    let bytes = bytes.map_err(|e| failed(&reason(&e)))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed("it is too large"));
    }
    Ok(bytes)
}

fn read_json(file: &Path) -> Result<Value, Failure> {
    let failed = |why: &str| Failure::usage(format!("{} is {why}", path_text(file)));
    let text = String::from_utf8(read(file)?);
    let text = text.map_err(|_| failed("not valid JSON: it is no valid UTF-8"))?;
    parse_args(&text).map_err(|why| failed(&why))
}
