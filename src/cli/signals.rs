//! Signals that end the command: the programs that scripts have started end first. One that
//! would end it for a script's write does not.

use crate::host::{adopt_orphans, before_the_first_program, end_all_programs};
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
};
use signal_hook::iterator::Signals;
use signal_hook::low_level;
use std::sync::atomic::{AtomicBool, Ordering};

/// Somebody else sees to Ctrl-C: the prompt.
static INTERRUPTS_ARE_HANDLED: AtomicBool = AtomicBool::new(false);

/// Leaves Ctrl-C to somebody else.
pub(super) fn leave_interrupts() {
    INTERRUPTS_ARE_HANDLED.store(true, Ordering::SeqCst);
}

/// Lets no program outlive the command, from the first on that is started.
pub(super) fn end_programs_first() {
    before_the_first_program(watch);
}

/// Has a write beyond the largest size of a file (`ulimit -f`) fail, where it would end the command:
/// what a script writes ends no server. (A handler and not "ignored", which programs would inherit.)
pub(super) fn let_large_writes_fail() {
    let seen = std::sync::Arc::new(AtomicBool::new(false));
    // If the system does not allow it, the signal does what it does by default.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, seen);
}

/// What ends the command where nobody handles it, and can be handled. (A pipe that nobody
/// reads is an error of writing.)
const ENDING: [i32; 9] =
    [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGXCPU];

fn watch() {
    adopt_orphans();
    let ignored = ignored();
    // Whoever started the command wants it to live on (`nohup`).
    let is_wanted = |signal: &&i32| ignored & (1 << (*signal - 1)) == 0;
    // If the system does not allow it, signals do what they do by default.
    let Ok(mut signals) = Signals::new(ENDING.iter().filter(is_wanted)) else { return };
    let wait = move || {
        for signal in signals.forever() {
            if signal == SIGINT && INTERRUPTS_ARE_HANDLED.load(Ordering::SeqCst) {
                continue;
            }
            end_all_programs();
            // Whoever waits for the command sees that a signal has ended it.
            let _ = low_level::emulate_default_handler(signal);
            std::process::exit(128 + signal);
        }
    };
    let _ = std::thread::Builder::new().stack_size(128 * 1024).spawn(wait);
}

/// Returns the signals that are ignored, by their bits, where the system tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
