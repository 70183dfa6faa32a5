//! `moonfuel mcp`: a server of the Model Context Protocol on standard input and output.
//!
//! It speaks both eras of the protocol: 2026-07-28, in which every request says all there is
//! to know, and those from 2025-03-26 to 2025-11-25, which begin with `initialize`. The
//! protocol itself is `rmcp`'s, on a runtime of one thread; scripts run in turns of some
//! milliseconds on a few threads beside it. What a session is made of is the command's
//! ([`Makers`]).

mod annotations;
mod arguments;
mod asking;
mod budget;
mod caller;
mod calls;
mod carry;
mod check;
mod consent;
mod decision;
mod ended;
mod extensions;
mod failed;
mod flight;
mod input;
mod instructions;
mod leave;
mod load;
mod names;
mod offered;
mod options;
mod paused;
mod progress;
mod questions;
mod replay;
mod resources;
mod runs;
mod schemas;
mod screen;
mod seal;
mod server;
mod sessions;
mod shown;
mod spent;
mod suspended;
mod tasked;
mod tool_call;
mod tools;
mod traces;
mod turns;

pub(crate) use consent::Consenting;
pub(crate) use leave::Leave;
pub(crate) use options::{Makers, Options};
pub(crate) use questions::QUESTIONS;
pub(crate) use spent::used_beside;
pub(crate) use tool_call::Listener;

use input::Input;
use rmcp::ServiceExt;
use server::Server;
use std::io;
use std::time::Duration;

/// Threads beside those that run scripts: for reading, writing and what is short.
const OTHER_THREADS: usize = 4;

/// How long calls may go on when the input has ended.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// Why a server did not serve.
#[derive(Debug)]
pub(crate) enum Unserved {
    /// The file of its key cannot be used.
    Key(io::Error),
    /// Its output takes nothing.
    Output(io::Error),
    /// The system failed.
    System(io::Error),
}

/// Serves until the input ends.
///
/// # Errors
/// When the server cannot be made, or its streams fail.
pub(crate) fn serve(options: Options) -> Result<(), Unserved> {
    // Without a single thread the runtime would panic, and look like an input that has ended.
    let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(|| ());
    let thread = thread.map_err(|error| {
        Unserved::System(io::Error::other(format!("cannot start a thread: {error}")))
    })?;
    // It does nothing.
    let _ = thread.join();
    let threads = options.threads + OTHER_THREADS;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads)
        .build()
        .map_err(Unserved::System)?;
    let served = runtime.block_on(async {
        let server = Server::new(options).map_err(Unserved::Key)?;
        let (from, to) = rmcp::transport::stdio_pipes();
        let (input, ended, writer) = Input::new(from, to);
        let closing = server.closing();
        tokio::spawn(async move {
            if ended.await.is_ok() {
                tokio::time::sleep(AFTER_THE_END).await;
                closing.close();
            }
        });
        // A client that goes before it has said anything is no error.
        if let Ok(running) = server.serve(input).await {
            running.waiting().await.map_err(|error| Unserved::System(io::Error::other(error)))?;
        }
        // A client that does not read any more is not waited for.
        let lost = |_| io::Error::other("the last answers are lost: nobody has read them");
        let written = tokio::time::timeout(AFTER_THE_END, writer).await.map_err(lost);
        let written = written.map_err(Unserved::System)?;
        // A task that was cancelled has nothing to say.
        written.unwrap_or(Ok(())).map_err(Unserved::Output)
    });
    // A thread may be in the midst of a read, which nothing ends.
    runtime.shutdown_background();
    served
}
