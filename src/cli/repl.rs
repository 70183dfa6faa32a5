//! `moonfuel repl`: the sandbox at a prompt. Lines run one after the other in a session that
//! keeps what they did, even if one fails; each has the limits anew.

mod commands;
mod interrupts;
mod lines;
mod record;

use super::display::usage_text;
use super::editor::{Editor, History, Line, Ways, command_in, paint_values};
use super::given::OF_OUTPUT;
use super::options::ReplOptions;
use super::source::{Script, reason};
use super::whole;
use super::{
    DONE, Failure, LUA_ERROR, Streams, check_log, imp, outputs, session_builder,
    status_with_values, tell_failure, tell_outcome, write_counts,
};
use crate::base::one_line::path_text;
use crate::drive::{DriveOptions, drive_run};
use crate::host::HostProfile;
use crate::host::gate::Gate;
use crate::session::{Names, View};
use crate::{Chunk, Decode, Outcome, Profile, Report, RestoreError, Session, SessionBuilder};
use interrupts::Interrupts;
use lines::Lines;
use record::Record;
use std::io::{BufRead, BufReader, IsTerminal};
use std::time::{Duration, Instant};

/// What asks for a line.
const PROMPT: &str = "> ";

/// What all that is typed is called in messages.
const NAME: &str = "=stdin";

/// Says which option was given and means nothing here.
fn without_effect(options: &ReplOptions) -> Option<String> {
    let given = &options.run.given;
    let text = |name: String, what: &str| format!("{name} has no effect on {what}");
    let snapshot =
        || given.first(&["args_text", "seed", "time"]).filter(|_| options.restore.is_some());
    let of_prompts = given.first(&OF_OUTPUT).map(|name| text(name, "a prompt"));
    of_prompts.or_else(|| Some(text(snapshot()?, "a session that begins with a snapshot")))
}

/// Reads lines and runs them until there are no more.
pub(super) fn repl(options: &ReplOptions, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    if let Some(option) = without_effect(options) {
        return Err(Failure::usage(option));
    }
    let mut shell = Shell::open(options, streams)?;
    let mut secrets = Vec::new();
    for name in &options.secret {
        match std::env::var(name) {
            Ok(value) => secrets.push(value),
            // A name that is misspelt would leave the secret in the history.
            Err(_) => streams.say(format!("--secret {name}: no such variable").as_bytes()),
        }
    }
    let history = if options.no_history { History::none() } else { History::of_user(secrets) };
    let ways = Ways { commands: &commands::NAMES, files: &commands::OF_FILES, expressions: true };
    // Tests drive the command by streams of their own.
    let is_terminal = std::io::stdin().is_terminal() && streams.is_process;
    match is_terminal.then(|| Editor::open(ways, history)).flatten() {
        Some(editor) => shell.edit(editor, streams)?,
        None => shell.read(is_terminal, streams)?,
    }
    let script = Script::typed(Vec::new(), NAME);
    write_counts(&options.run, shell.session()?, &script, streams)?;
    Ok(shell.status)
}

/// The session behind a prompt.
struct Shell<'o> {
    options: &'o ReplOptions,
    /// Nothing while a line runs.
    session: Option<Session>,
    gate: Option<Gate>,
    record: Record,
    interrupts: Interrupts,
    /// The figures of each line are shown.
    shows_figures: bool,
    /// The session has its global `args`.
    has_args: bool,
    /// Values are shown in colours.
    colours: bool,
    width: usize,
    /// The script has ended the session, or the user has.
    is_over: bool,
    status: u8,
}

impl<'o> Shell<'o> {
    fn open(options: &'o ReplOptions, streams: &mut Streams<'_>) -> Result<Shell<'o>, Failure> {
        let mut shell = Shell {
            options,
            session: None,
            gate: None,
            record: Record::default(),
            interrupts: Interrupts::default(),
            shows_figures: options.run.stats,
            has_args: false,
            colours: false,
            width: View::WIDTH,
            is_over: false,
            status: DONE,
        };
        match &options.restore {
            None => shell.reset(streams)?,
            Some(file) => shell.restore(file)?,
        }
        Ok(shell)
    }

    /// Describes the session. Its values are for the eye.
    fn builder(&self) -> Result<(SessionBuilder, Option<Gate>), Failure> {
        outputs::check(&self.options.run, None)?;
        let (builder, gate) = session_builder(&self.options.run)?;
        Ok((builder.atomic(false).decode(Decode::None), gate))
    }

    /// Begins with a new session.
    fn reset(&mut self, streams: &mut Streams<'_>) -> Result<(), Failure> {
        let (builder, gate) = self.builder()?;
        let (builder, record) = Record::begin(builder, &self.options.run)?;
        let mut session = builder.build().map_err(|e| Failure::usage(e.to_string()))?;
        if !self.options.run.hosts.extensions.is_empty() {
            session = imp::load_into(session, &self.options.run, streams)?;
        }
        (self.session, self.gate, self.record) = (Some(session), gate, record);
        self.has_args = false;
        Ok(())
    }

    /// Goes on with a snapshot.
    fn restore(&mut self, file: &std::path::Path) -> Result<(), Failure> {
        let bytes = whole::read_file(file)
            .map_err(|error| Failure::file("read the snapshot", file, &error))?;
        if self.options.run.record.is_some() {
            let text = "a session that begins with a snapshot cannot be recorded".to_owned();
            return Err(Failure::usage(text));
        }
        let (builder, gate) = self.builder()?;
        let restored = builder.restore(&bytes);
        let session = restored.map_err(|e| {
            let give = self.option_for(&e).map_or(String::new(), |it| format!(" (give {it})"));
            Failure::usage(format!("{}: {e}{give}", path_text(file)))
        })?;
        (self.session, self.gate, self.record) = (Some(session), gate, Record::default());
        self.has_args = true;
        Ok(())
    }

    /// Returns the option that brings what a snapshot asks for.
    fn option_for(&self, error: &RestoreError) -> Option<&'static str> {
        let hosts = &self.options.run.hosts;
        match error {
            RestoreError::WrongHost { name, .. } => match name.split('.').next()? {
                "jido" if hosts.root.is_none() => Some("--root DIR"),
                "imp" if !hosts.has(HostProfile::Imp) => Some("--host imp"),
                "http" if hosts.hosts().is_empty() => Some("--host codex --allow net=HOST"),
                _ => None,
            },
            RestoreError::Profile { snapshot: Profile::Compat, .. } => Some("--profile compat"),
            RestoreError::Profile { snapshot: Profile::Strict, .. } => Some("--profile strict"),
            RestoreError::Memory { .. } => Some("--memory SIZE"),
            _ => None,
        }
    }

    fn session(&mut self) -> Result<&mut Session, Failure> {
        let none = || Failure::new(LUA_ERROR, "there is no session");
        self.session.as_mut().ok_or_else(none)
    }

    /// Reads from a terminal.
    fn edit(&mut self, mut editor: Editor, streams: &mut Streams<'_>) -> Result<(), Failure> {
        self.colours = editor.colours();
        self.interrupts.watch();
        streams.print(commands::welcome(&self.options.run).as_bytes())?;
        while !self.is_over {
            let names = self.session.as_mut().map_or_else(Names::default, Session::names);
            let line = editor.read(PROMPT, names);
            // It may have become another one in the meantime.
            self.width = editor.width().unwrap_or(View::WIDTH);
            match line {
                Line::End => break,
                Line::Interrupted => {}
                Line::Unreadable => {
                    let text = "the line is no UTF-8, and is given up".to_owned();
                    self.told(&Failure::usage(text), streams);
                }
                Line::Text(line) => {
                    editor.remember(&line);
                    self.line(line.as_bytes(), streams);
                }
            }
        }
        Ok(())
    }

    /// Reads from a terminal that lines cannot be edited on, or from anything else, without a
    /// word between the lines.
    fn read(&mut self, is_terminal: bool, streams: &mut Streams<'_>) -> Result<(), Failure> {
        if is_terminal {
            self.interrupts.watch();
            streams.print(commands::welcome(&self.options.run).as_bytes())?;
        }
        let mut lines = Lines::default();
        while !self.is_over {
            if is_terminal {
                streams.print(if lines.is_empty() { PROMPT } else { ">> " }.as_bytes())?;
            }
            let mut line = Vec::new();
            let read =
                BufReader::with_capacity(1, &mut *streams.stdin).read_until(b'\n', &mut line);
            let read = read.map_err(|e| Failure::usage(format!("cannot read: {}", reason(&e))))?;
            if read > 0 && lines.add(&line) {
                continue;
            }
            let whole = lines.take();
            self.line(whole.trim_ascii_end(), streams);
            // Ctrl-D within several lines ends these, and is no end of the input.
            if read == 0 && (whole.is_empty() || !is_terminal) {
                break;
            }
        }
        Ok(())
    }

    /// Does what a line says.
    fn line(&mut self, line: &[u8], streams: &mut Streams<'_>) {
        if line.trim_ascii().is_empty() {
            return;
        }
        let done = match command_in(line) {
            Some(command) => self.command(String::from_utf8_lossy(command).trim(), streams),
            None => match self.meant(line.trim_ascii()) {
                Some(meant) => Err(Failure::usage(meant)),
                None => self.code(line, streams),
            },
        };
        // What went wrong is told, and the session goes on.
        if let Err(failure) = done {
            self.told(&failure, streams);
        }
    }

    /// Tells of a failure. A prompt whose output cannot be written has failed in the end.
    fn told(&mut self, failure: &Failure, streams: &mut Streams<'_>) {
        let status = tell_failure(failure, false, streams);
        if failure.is_unwritten {
            self.status = status;
        }
    }

    /// Runs what was typed and shows its values.
    fn code(&mut self, line: &[u8], streams: &mut Streams<'_>) -> Result<(), Failure> {
        let script = Script::typed(line.to_vec(), NAME);
        let (ran, view) = self.run(&script, streams)?;
        let text = self.values_text(view);
        if !text.is_empty() {
            streams.print(text.as_bytes())?;
        }
        self.tell(&ran, &script, self.shows_figures, streams);
        Ok(())
    }

    /// Writes values for the terminal: on one line if they have room there.
    fn values_text(&self, view: View) -> String {
        let texts = view.into_texts();
        let length: usize = texts.iter().map(|text| text.chars().count() + 2).sum();
        let is_short = length <= self.width && !texts.iter().any(|text| text.contains('\n'));
        let mut text = texts.join(if is_short { ", " } else { "\n" });
        if self.colours {
            text = paint_values(&text);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// Runs a chunk in the session. What it prints is shown as it comes.
    fn run(&mut self, script: &Script, streams: &mut Streams<'_>) -> Result<(Ran, View), Failure> {
        let width = self.width;
        let has_args = std::mem::replace(&mut self.has_args, true);
        self.session()?.ask_view(width);
        let Some(session) = self.session.take() else { return Ok(Default::default()) };
        let run = &self.options.run;
        let code = script.code();
        let mut chunk = Chunk::new(&code).named(&script.name);
        if !has_args {
            chunk.args = run.args.clone().or_else(|| run.hosts.default_args());
        }
        let mut options = DriveOptions::from(run.timeout());
        options.canceller = Some(self.interrupts.canceller());
        let (mut last, mut unwritten) = (b'\n', None);
        let begin = Instant::now();
        let (session, mut report) = drive_run(session.start(chunk), options, &mut |bytes| {
            last = bytes.last().copied().unwrap_or(last);
            // The line goes on: what it does must not depend on who reads along.
            if unwritten.is_none() {
                unwritten = streams.print(bytes).err();
            }
        });
        if unwritten.is_none() && last != b'\n' {
            unwritten = streams.print(b"\n").err();
        }
        let elapsed = begin.elapsed();
        self.interrupts.rest();
        script.place(&mut report.outcome);
        let session = self.session.insert(session);
        let view = session.take_view().unwrap_or_default();
        if let Some(failure) = unwritten {
            self.told(&failure, streams);
        }
        if let Some(Err(failure)) = self.gate.as_ref().map(check_log) {
            self.told(&failure, streams);
        }
        if let Outcome::Exit(_) = report.outcome {
            (self.is_over, self.status) = (true, status_with_values(&report.outcome));
        }
        Ok((Ran { report: Some(report), elapsed }, view))
    }

    /// Says how a line ended that did not just end, and what it used.
    fn tell(&self, ran: &Ran, script: &Script, figures: bool, streams: &mut Streams<'_>) {
        let Some(report) = &ran.report else { return };
        let run = &self.options.run;
        // That its values are no JSON is nobody's concern here.
        if !matches!(report.outcome, Outcome::Done(_)) {
            let limits = run.limits();
            tell_outcome(report, &limits, run.timeout(), Some(script), Some(&run.hosts), streams);
        }
        if figures {
            streams.tell(&usage_text(&report.usage, ran.elapsed));
        }
    }
}

/// How a line ended, and when.
#[derive(Debug, Default)]
struct Ran {
    report: Option<Report>,
    elapsed: Duration,
}
