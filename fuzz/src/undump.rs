//! Precompiled chunks that are damaged.

use super::input::Random;
use super::sessions::{limits, literal, same_in_slices, session};
use moonfuel::{Limits, Profile};

/// Compiles the bytes, damages the precompiled chunk and runs what is still accepted:
/// an error at worst. Behind a last zero byte stand the changes, three bytes each: where,
/// low byte first, and the new byte. Without one they come from the bytes themselves.
pub fn undump(input: &[u8]) {
    let (source, changes) = match input.iter().rposition(|byte| *byte == 0) {
        Some(at) => (&input[..at], input[at + 1..].to_vec()),
        None => {
            let mut random = Random::of(input);
            let count = 3 * (1 + random.below(4));
            (input, (0..count).map(|_| random.below(256) as u8).collect())
        }
    };
    let driver = format!(
        r#"local source, changes = "{}", "{}"
           local whole = load(source, "=fuzz", "t")
           if not whole then return end
           local chunk = string.dump(whole, #changes % 2 == 1)
           local bytes = {{chunk:byte(1, -1)}}
           for low, high, new in changes:gmatch("(.)(.)(.)") do
             bytes[32 + (low:byte() + high:byte() * 256) % (#bytes - 31)] = new:byte()
           end
           local damaged = load(string.char(table.unpack(bytes)), "=fuzz", "b")
           if damaged then return pcall(damaged, 1, "two", {{}}) end"#,
        literal(source),
        literal(&changes),
    );
    let limits = Limits { fuel: 300_000, memory: 4 << 20, ..limits() };
    let make = || session(Profile::Full, limits.clone());
    let _ = same_in_slices(driver.as_bytes(), input, &make, &limits);
}
