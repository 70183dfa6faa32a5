//! The `moonfuel` command; everything it does is in [`moonfuel::command`].

use moonfuel::alloc::SmallBlocks;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: SmallBlocks = SmallBlocks;

fn main() -> ExitCode {
    moonfuel::command()
}
