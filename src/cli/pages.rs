//! What is made of the description of the command line: completions for shells, the manual
//! page.

use super::options::Cli;
use super::{DONE, Failure, Streams};
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints what completes the command's words in a shell.
pub(super) fn completions(shell: Shell, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "moonfuel", &mut script);
    streams.print(&script)?;
    Ok(DONE)
}

/// Prints the manual page: the command, then each of its commands.
pub(super) fn man(streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let mut page = Vec::new();
    let failed = |e| Failure::usage(format!("cannot write the page: {e}"));
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for command in command.get_subcommands() {
        let name = format!("moonfuel {}", command.get_name());
        page.extend_from_slice(format!(".SH {}\n", name.to_uppercase()).as_bytes());
        let man = clap_mangen::Man::new(command.clone());
        man.render_description_section(&mut page).map_err(failed)?;
        man.render_options_section(&mut page).map_err(failed)?;
    }
    streams.print(&page)?;
    Ok(DONE)
}
