//! The `moonfuel` command; everything it does is in [`moonfuel::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    moonfuel::cli::main()
}
