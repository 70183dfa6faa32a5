//! The `moonfuel` command; everything it does is in [`moonfuel::cli`].

use moonfuel::alloc::SmallBlocks;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: SmallBlocks = SmallBlocks;

fn main() -> ExitCode {
    moonfuel::cli::main()
}
