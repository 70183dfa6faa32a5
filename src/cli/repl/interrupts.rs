//! Ctrl-C at the prompt's side: it cancels the line that runs. (While a line is typed the
//! terminal makes no signal of it.)

use crate::Canceller;
use crate::session::lock;
use std::sync::{Arc, Mutex};

/// The line that runs, for whoever wants it to end.
#[derive(Debug, Default)]
pub(super) struct Interrupts(Arc<Mutex<Option<Canceller>>>);

/// Exit status of a process that ends by Ctrl-C.
const INTERRUPTED: i32 = 130;

impl Interrupts {
    /// Begins to watch for Ctrl-C. If the system does not allow it, it ends the process.
    pub(super) fn watch(&self) {
        use std::io::Read;
        let running = self.0.clone();
        let Ok((mut reads, writes)) = std::os::unix::net::UnixStream::pair() else { return };
        let registered =
            signal_hook::low_level::pipe::register(signal_hook::consts::SIGINT, writes);
        if registered.is_err() {
            return;
        }
        crate::cli::signals::leave_interrupts();
        std::thread::spawn(move || {
            while let Ok(1) = reads.read(&mut [0]) {
                let running = lock(&running);
                match running.as_ref() {
                    // A function of the host does not listen: the user means it.
                    Some(canceller) if canceller.is_cancelled() => {
                        std::process::exit(INTERRUPTED);
                    }
                    Some(canceller) => canceller.cancel(),
                    None => {}
                }
            }
        });
    }

    /// Returns what cancels the line that is about to run.
    pub(super) fn canceller(&self) -> Canceller {
        let canceller = Canceller::new();
        *lock(&self.0) = Some(canceller.clone());
        canceller
    }

    /// Nothing runs any more.
    pub(super) fn rest(&self) {
        *lock(&self.0) = None;
    }
}
