//! Runs that are suspended, as bytes, and runs of them: what a session knows of a run, beside
//! what the machine does.

use super::header::{self, Kind};
use super::snapshot::{image_of, machine_of};
use crate::bytecode::proto::Proto;
use crate::session::calls::host_table::HostTable;
use crate::session::functions::watch::Watch;
use crate::session::images::parts::{get_letter, parts_of, put_letter};
use crate::session::images::restore_error::{RestoreError, SnapshotError};
use crate::session::making::builder::SessionBuilder;
use crate::session::making::config::{Config, Undo};
use crate::session::making::session::Session;
use crate::session::runs::advice;
use crate::session::runs::pending::Waits;
use crate::session::runs::run::Run;
use crate::session::runs::stepping::Progress;
use crate::session::values::error::ErrorKind;
use crate::session::values::outcome::{Outcome, Place};
use crate::vm::heap::native::Stop;
use crate::vm::image::fault::{Fault, Unsaved};
use crate::vm::image::machine::Image;
use crate::vm::image::parts::Part;
use crate::vm::image::save::Purpose;
use crate::vm::image::wire::{Reader, Writer};
use crate::vm::machine::Halt;
use crate::vm::state::context::Context;
use std::borrow::Cow;
use std::sync::Arc;

const UNDOS: [Undo; 3] = [Undo::Never, Undo::Failed, Undo::Always];

fn unsaved(what: &str) -> Unsaved {
    Unsaved::of(what)
}

impl Run {
    /// Returns the run as bytes, of which [`SessionBuilder::restore_run`] makes a run that goes
    /// on as this one would: to the same outcome, output, fuel and memory figures, in another
    /// process and on another machine. The run itself is as before, and goes on too.
    ///
    /// It may be anywhere: in the midst of coroutines, `pcall`, sorting or matching, between
    /// two slices or waiting for answers ([`Run::pending`]), which are given afterwards. Limits
    /// and what was used of them are in the bytes, and so is what it takes to undo the run if
    /// it fails later. What is not: a canceller and a deadline, which the host gives again.
    /// Otherwise it is as with [`Session::snapshot`]. A run that is recorded goes on being
    /// recorded; what is made of its bytes is not.
    ///
    /// ```
    /// use moonfuel::{Chunk, Session, Step};
    ///
    /// let builder = || Session::builder().pending_function("ask");
    /// let session = builder().build()?;
    /// let mut run = session.start(Chunk::new(b"local n = 40 return n + ask('how many?')"));
    /// let Step::Pending(_) = run.step(1_000_000) else { panic!("it asks") };
    /// let bytes = run.snapshot()?;
    ///
    /// let mut run = builder().restore_run(&bytes)?;
    /// let id = run.pending()[0].id;
    /// run.answer(id, Ok(vec![2.into()]))?;
    /// while !run.step(1_000_000).is_ended() {}
    /// let (_session, report) = run.finish();
    /// assert_eq!(report.json()?, "[42]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What cannot be saved: a run that has ended otherwise than for want of fuel, a future
    /// that a host function has begun, a host function that has a function of the script's
    /// called, and what [`Session::snapshot`] cannot save.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, SnapshotError> {
        let image = self.image(Purpose::Snapshot)?;
        let session = &self.session;
        let profile = session.config.profile;
        Ok(header::write(Kind::Run, profile, &session.host, &image.bytes))
    }

    /// Makes a second run that goes on as this one would, beside it: see [`Session::fork`].
    ///
    /// # Errors
    /// As [`Run::snapshot`] and [`SessionBuilder::restore_run`].
    pub fn fork(&mut self, other: SessionBuilder) -> Result<Run, RestoreError> {
        let (config, host, notes) = other.beside(&self.session)?;
        let image = self.image(Purpose::Fork).map_err(SnapshotError::from)?;
        let memory = config.limits.memory;
        let from = Reader::new(&image.bytes);
        let run = Run::of_image(from, &image.shared, config, host);
        let mut run = run.map_err(|fault| RestoreError::of(fault, memory))?;
        notes.give(&mut run.session.host);
        Ok(run)
    }
}

impl SessionBuilder {
    /// Makes a run of a snapshot: see [`Run::snapshot`] and [`SessionBuilder::restore`]. The
    /// limits of the run that goes on are those it had, but for its memory, of which this
    /// description's limit counts if it is lower; later runs of its session have the limits of
    /// this description, and decode their values as it says. So bytes from elsewhere may say how
    /// much fuel there is: drive such a run in slices, or with a deadline.
    ///
    /// # Errors
    /// See [`RestoreError`].
    pub fn restore_run(self, bytes: &[u8]) -> Result<Run, RestoreError> {
        let (config, mut host) = self.unrecorded()?;
        let (from, notes) = header::read(bytes, Kind::Run, config.profile, &mut host)?;
        let memory = config.limits.memory;
        let run = Run::of_image(from, &[], config, host);
        let mut run = run.map_err(|fault| RestoreError::of(fault, memory))?;
        notes.give(&mut run.session.host);
        Ok(run)
    }
}

impl Run {
    /// Makes an image of the run, which goes on.
    fn image(&mut self, purpose: Purpose) -> Result<Image, Unsaved> {
        let mut out = Writer::default();
        let owner = self.session.machine.0.enter(|ctx| ctx.state.handles.owner());
        let mut part = Writer::default().of_owner(owner);
        write_progress(&mut part, &self.progress)?;
        let letter =
            |ctx: Context<'_>| put_letter(ctx.state.mailbox.borrow().as_deref(), &mut part);
        self.session.machine.0.enter(letter).map_err(Unsaved::of)?;
        let refusal = self.session.machine.0.refusal();
        part.flag(refusal.is_some());
        if let Some((bytes, fuel)) = refusal {
            part.size(bytes);
            part.number(fuel);
        }
        let source = self.progress.source.as_deref();
        self.session.machine.0.enter(|ctx| {
            advice::put(&mut part, source, &ctx.state.raised.borrow());
        });
        let session = &mut self.session;
        let image = image_of(session, purpose, Some(part.handles()))?;
        let tickets = self.progress.waits.tickets().map_err(Unsaved::of)?;
        // What refers to handles can be read only when these are there.
        out.text(&image.bytes);
        out.raw(&part.filled(&tickets));
        Ok(Image { bytes: out.into_bytes(), shared: image.shared })
    }

    /// Makes a run of an image.
    fn of_image(
        mut part: Reader<'_>,
        shared: &[Arc<Proto>],
        mut config: Config,
        host: HostTable,
    ) -> Result<Run, Fault> {
        let from = Reader::new(part.text()?);
        let mut machine = machine_of(from, shared, &mut config, &host, true)?;
        let mut progress = read_progress(&mut part)?;
        // What has ended may owe its last fuel.
        let is_over = matches!(progress.halted, Some(Halt::Done | Halt::Failed));
        if !machine.0.has_call() && !is_over {
            // It was saved before its last finalizers were called, if there are any.
            progress.catching_up = progress.closing.is_some();
            if !progress.catching_up {
                return Err(Fault::Damaged("a run without a call"));
            }
        }
        let names: Vec<Cow<'static, str>> =
            host.types.iter().map(|kind| kind.name.clone()).collect();
        progress.waits = machine.0.enter(|ctx| {
            let mut parts = parts_of(ctx, &mut part, &names);
            let waits = Waits::get(&mut parts)?;
            // What is charged for it is charged already.
            *ctx.state.mailbox.borrow_mut() = get_letter(&mut parts)?;
            Ok::<Waits, Fault>(waits)
        })?;
        progress.waits.take_up(&host, progress.host_result)?;
        let refusal = match part.flag()? {
            true => Some((part.size()?, part.number()?)),
            false => None,
        };
        machine.0.set_refusal(refusal);
        let (source, raised) = advice::get(&mut part, config.profile)?;
        progress.source = source.map(Box::new);
        machine.0.enter(|ctx| *ctx.state.raised.borrow_mut() = raised);
        if part.left() > 0 {
            return Err(Fault::Damaged("more bytes than there must be"));
        }
        let session = Session { machine, template: None, config, host };
        Ok(Run { session, progress })
    }
}

fn write_progress(out: &mut Writer, progress: &Progress) -> Result<(), Unsaved> {
    out.number(progress.fuel_left);
    match progress.outcome.as_deref() {
        None => out.byte(0),
        Some(Outcome::OutOfFuel) if !progress.broken_off => out.byte(1),
        Some(_) => return Err(unsaved("a run that has ended")),
    }
    out.byte(UNDOS.iter().position(|undo| *undo == progress.undo).unwrap_or(0) as u8);
    match progress.closing.as_deref() {
        None => out.flag(false),
        Some(Outcome::Done(Ok(json))) => {
            out.flag(true);
            out.text(json.as_bytes());
        }
        Some(_) => return Err(unsaved("a run that has ended")),
    }
    out.number(progress.host_result);
    out.number(progress.last_id);
    out.flag(progress.has_args);
    halt(out, progress.halted);
    out.flag(progress.place.is_some());
    if let Some(place) = &progress.place {
        out.text(place.chunk.as_bytes());
        out.number(place.line.map_or(0, |line| u64::from(line) + 1));
        out.text(place.traceback.as_bytes());
    }
    let failure = progress.failure.as_deref();
    let kind = failure.and_then(|(kind, _)| ErrorKind::ALL.iter().position(|own| own == kind));
    out.byte(kind.map_or(0, |kind| kind as u8 + 1));
    if let (Some((_, message)), Some(_)) = (failure, kind) {
        out.text(message);
    }
    progress.waits.put(out).map_err(Unsaved::of)
}

fn halt(out: &mut Writer, halt: Option<Halt>) {
    match halt {
        // One that collects has finished that by now, and goes on.
        None | Some(Halt::Collecting) => out.byte(0),
        Some(Halt::Done) => out.byte(1),
        Some(Halt::Failed) => out.byte(2),
        Some(Halt::Fuel) => out.byte(3),
        Some(Halt::HostCall { args }) => {
            out.byte(4);
            out.size(args);
        }
        Some(Halt::Stop(Stop::Output)) => out.byte(5),
        Some(Halt::Stop(Stop::Exit(code))) => {
            out.byte(6);
            out.signed(i64::from(code));
        }
    }
}

fn read_halt(from: &mut Reader<'_>) -> Result<Option<Halt>, Fault> {
    Ok(Some(match from.byte()? {
        0 => return Ok(None),
        1 => Halt::Done,
        2 => Halt::Failed,
        3 => Halt::Fuel,
        4 => Halt::HostCall { args: from.size()? },
        5 => Halt::Stop(Stop::Output),
        6 => {
            let code = i32::try_from(from.signed()?).map_err(|_| Fault::NUMBER)?;
            Halt::Stop(Stop::Exit(code))
        }
        _ => return Err(Fault::NUMBER),
    }))
}

fn text(from: &mut Reader<'_>) -> Result<String, Fault> {
    let text = std::str::from_utf8(from.text()?);
    text.map(str::to_owned).map_err(|_| Fault::Damaged("text that is no text"))
}

fn read_progress(from: &mut Reader<'_>) -> Result<Progress, Fault> {
    let fuel_left = from.number()?;
    let outcome = match from.byte()? {
        0 => None,
        1 => Some(Box::new(Outcome::OutOfFuel)),
        _ => return Err(Fault::NUMBER),
    };
    let undo = *UNDOS.get(usize::from(from.byte()?)).ok_or(Fault::NUMBER)?;
    let closing = match from.flag()? {
        false => None,
        true => Some(Box::new(Outcome::Done(Ok(text(from)?)))),
    };
    let (host_result, last_id, has_args) = (from.number()?, from.number()?, from.flag()?);
    if last_id > u64::MAX / 2 {
        return Err(Fault::NUMBER);
    }
    let halted = read_halt(from)?;
    let place = match from.flag()? {
        false => None,
        true => {
            let chunk = text(from)?;
            let line = from.number()?.checked_sub(1);
            let line = line.map(u32::try_from).transpose().map_err(|_| Fault::NUMBER)?;
            Some(Box::new(Place { chunk, line, traceback: text(from)? }))
        }
    };
    let failure = match usize::from(from.byte()?).checked_sub(1) {
        None => None,
        Some(kind) => {
            let kind = *ErrorKind::ALL.get(kind).ok_or(Fault::NUMBER)?;
            Some(Box::new((kind, from.text()?.to_vec())))
        }
    };
    Ok(Progress {
        fuel_left,
        outcome,
        undo,
        closing,
        catching_up: false,
        watch: Watch::default(),
        host_result,
        last_id,
        waits: Waits::Nothing,
        halted,
        broken_off: false,
        has_args,
        place,
        tape: None,
        stopped: None,
        failure,
        source: None,
    })
}
