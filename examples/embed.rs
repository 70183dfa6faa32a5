//! Runs Lua in a Rust program: a session, a run, its outcome.
//!
//! Run: `cargo run --release --example embed`

use moonfuel::session::{Chunk, Session};

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut session = Session::builder().build()?;
    let source = b"local t = {} for i = 1, 5 do t[i] = i * i end return t, #t";
    let report = session.run_chunk(Chunk::new(source).named("=embed"));
    println!(
        "{:?} after {} units of fuel",
        report.outcome, report.usage.fuel_used
    );
    Ok(())
}
