//! Runs that are suspended, as bytes, and runs of them: what a session knows of a run, beside
//! what the machine does.

use super::Session;
use super::builder::Config;
use super::host_table::HostTable;
use super::outcome::{ErrorKind, Outcome, Place};
use super::pending::Waits;
use super::run::Run;
use super::snapshot::{image_of, machine_of};
use super::stepping::{Progress, Undo};
use super::watch::Watch;
use crate::vm::heap::native::Stop;
use crate::vm::image::fault::{Fault, Unsaved};
use crate::vm::image::machine::Image;
use crate::vm::image::save::Purpose;
use crate::vm::image::wire::{Reader, Writer};
use crate::vm::machine::Halt;

const UNDOS: [Undo; 3] = [Undo::Never, Undo::Failed, Undo::Always];

fn unsaved(what: &str) -> Unsaved {
    Unsaved { what: what.to_owned(), path: "the run".to_owned() }
}

impl Run {
    /// Makes an image of the run, which goes on.
    pub(super) fn image(&mut self, purpose: Purpose) -> Result<Image, Unsaved> {
        let progress = &self.progress;
        let mut out = Writer::default();
        let mut part = Writer::default();
        write_progress(&mut part, progress)?;
        let refusal = self.session.machine.0.refusal();
        part.flag(refusal.is_some());
        if let Some((bytes, fuel)) = refusal {
            part.size(bytes);
            part.number(fuel);
        }
        let session = &mut self.session;
        let image = image_of(&mut session.machine, &session.config, &session.host, purpose, true)?;
        out.text(&part.into_bytes());
        out.raw(&image.bytes);
        Ok(Image { bytes: out.into_bytes(), shared: image.shared })
    }

    /// Makes a run of an image.
    pub(super) fn of_image(
        image: &Image,
        mut config: Config,
        host: HostTable,
    ) -> Result<Run, Fault> {
        let mut from = Reader::new(&image.bytes);
        let mut part = Reader::new(from.text()?);
        let progress = read_progress(&mut part)?;
        let refusal = match part.flag()? {
            true => Some((part.size()?, part.number()?)),
            false => None,
        };
        if part.left() > 0 {
            return Err(Fault::Damaged("more bytes than there must be"));
        }
        let mut machine = machine_of(from, &image.shared, &mut config, &host, true)?;
        machine.0.set_refusal(refusal);
        let session = Session { machine, template: None, config, host };
        Ok(Run { session, progress })
    }
}

fn write_progress(out: &mut Writer, progress: &Progress) -> Result<(), Unsaved> {
    out.number(progress.fuel_left);
    match &progress.outcome {
        None => out.byte(0),
        Some(Outcome::OutOfFuel) if !progress.broken_off => out.byte(1),
        Some(_) => return Err(unsaved("a run that has ended")),
    }
    out.byte(UNDOS.iter().position(|undo| *undo == progress.undo).unwrap_or(0) as u8);
    match &progress.closing {
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
    if progress.tape.is_some() {
        return Err(unsaved("a run that is recorded"));
    }
    let failure = progress.failure.as_ref();
    let kind = failure.and_then(|(kind, _)| ErrorKind::ALL.iter().position(|own| own == kind));
    out.byte(kind.map_or(0, |kind| kind as u8 + 1));
    if let (Some((_, message)), Some(_)) = (failure, kind) {
        out.text(message);
    }
    match &progress.waits {
        Waits::Nothing => out.byte(0),
        _ => return Err(unsaved("a run that waits")),
    }
    Ok(())
}

fn halt(out: &mut Writer, halt: Option<Halt>) {
    match halt {
        None => out.byte(0),
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
        1 => Some(Outcome::OutOfFuel),
        _ => return Err(Fault::NUMBER),
    };
    let undo = *UNDOS.get(usize::from(from.byte()?)).ok_or(Fault::NUMBER)?;
    let closing = match from.flag()? {
        false => None,
        true => Some(Outcome::Done(Ok(text(from)?))),
    };
    let (host_result, last_id, has_args) = (from.number()?, from.number()?, from.flag()?);
    if last_id > u64::MAX / 2 {
        return Err(Fault::NUMBER);
    }
    let halted = read_halt(from)?;
    let place: Option<Place> = match from.flag()? {
        false => None,
        true => {
            let chunk = text(from)?;
            let line = from.number()?.checked_sub(1);
            let line = line.map(u32::try_from).transpose().map_err(|_| Fault::NUMBER)?;
            Some(Place { chunk, line, traceback: text(from)? })
        }
    };
    let failure = match usize::from(from.byte()?).checked_sub(1) {
        None => None,
        Some(kind) => {
            let kind = *ErrorKind::ALL.get(kind).ok_or(Fault::NUMBER)?;
            Some((kind, from.text()?.to_vec()))
        }
    };
    let waits = match from.byte()? {
        0 => Waits::Nothing,
        _ => return Err(Fault::NUMBER),
    };
    Ok(Progress {
        fuel_left,
        outcome,
        undo,
        closing,
        watch: Watch::default(),
        host_result,
        last_id,
        waits,
        halted,
        broken_off: false,
        has_args,
        place,
        tape: None,
        stopped: None,
        failure,
    })
}
