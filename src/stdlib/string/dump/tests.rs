//! Precompiled chunks in a machine: they run as their source does, and no damage to
//! their bytes is worse than an error.

use crate::bytecode::dump::dump;
use crate::bytecode::op::Op;
use crate::stdlib::{self, Profile};
use crate::vm::heap::value::Value;
use crate::vm::machine::{Halt, Lua};
use crate::vm::run::executor;
use crate::vm::state::context::Context;
use std::path::Path;

/// Calls what the test put into the global `F`.
const DRIVER: &[u8] = b"print(pcall(F))";

/// A machine in a profile that reads precompiled chunks besides.
fn machine(profile: Profile, memory: usize) -> Lua {
    let mut lua = Lua::new(7, memory);
    lua.enter(|ctx| {
        ctx.state.fuel.reset();
        ctx.state.fuel.give(1 << 40);
        assert!(stdlib::open(ctx, profile).is_ok());
        ctx.state.binary_chunks.set(true);
    });
    lua
}

fn load<'gc>(ctx: Context<'gc>, chunk: &[u8], name: &str) -> Result<Value<'gc>, String> {
    let globals = Value::Table(ctx.state.globals);
    let Ok(loaded) = ctx.load(chunk, name.as_bytes(), globals) else {
        return Err("refused".to_owned());
    };
    loaded.map_err(|message| String::from_utf8_lossy(&message).into_owned())
}

/// Returns a source as a precompiled chunk.
fn precompiled(source: &[u8], name: &str, strip: bool) -> Vec<u8> {
    machine(Profile::Strict, 64 << 20).enter(|ctx| match load(ctx, source, name) {
        Ok(Value::Closure(function)) => dump(function.proto(), function.source_name(), strip),
        other => panic!("{name}: {other:?}"),
    })
}

/// Puts a function into `F` and runs the driver with this much fuel.
fn run(lua: &mut Lua, fuel: u64) -> Halt {
    lua.enter(|ctx| {
        let driver = load(ctx, DRIVER, "=driver").unwrap();
        ctx.state.output.borrow_mut().start(1 << 20);
        ctx.state.fuel.reset();
        ctx.state.fuel.give(fuel);
        assert!(executor::start(ctx, driver, &[]).is_ok());
    });
    let halt = lua.run();
    lua.enter(executor::clear);
    halt
}

/// Runs a source, as it is or precompiled; returns what it printed and the fuel used.
fn observe(source: &[u8], name: &str, binary: bool) -> (String, u64, Halt) {
    let mut lua = machine(Profile::Compat, 64 << 20);
    lua.enter(|ctx| {
        // Both are made in either case: ids of objects must be the same.
        let from_text = load(ctx, source, name).unwrap();
        let Value::Closure(function) = from_text else { panic!("a function") };
        let chunk = dump(function.proto(), function.source_name(), false);
        let from_binary = load(ctx, &chunk, name).unwrap();
        let Value::Closure(again) = from_binary else { panic!("a function") };
        assert_eq!(dump(again.proto(), again.source_name(), false), chunk, "{name}: dumped again");
        let chosen = if binary { from_binary } else { from_text };
        assert!(ctx.set_global("F", chosen).is_ok());
    });
    let halt = run(&mut lua, 30_000_000);
    let (output, used) =
        lua.enter(|ctx| (ctx.state.output.borrow_mut().take(), ctx.state.fuel.consumed()));
    (String::from_utf8_lossy(&output).into_owned(), used, halt)
}

#[test]
fn precompiled_programs_do_what_their_sources_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for folder in ["tests/regress", "tests/programs", "lua-conformance"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "lua") {
                continue;
            }
            let source = std::fs::read(&path).unwrap();
            let parses = machine(Profile::Strict, 64 << 20)
                .enter(|ctx| load(ctx, &source, "=program").is_ok());
            if !parses {
                continue;
            }
            let name = path.display().to_string();
            let (text, binary) = (observe(&source, &name, false), observe(&source, &name, true));
            assert_eq!(text, binary, "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} programs");
}

/// A source that uses every construct the code generator knows.
const RICH: &str = r##"
local a, b <const>, c <close> = 1, "two", setmetatable({}, { __close = function() end })
local t = { 1, 2, nil, 4.5, x = b, [a] = "k", { f = print }, ... }
local function outer(p, q, ...)
  local n = 0
  local function inner(d) n = n + d; p = p or n; return p, n end
  for i = 1, 3 do n = n + i // 2 - i % 3 * 2 ^ i / 4 end
  for i = 3, 1.5, -1 do n = i < 2 and n or -n end
  for k, v in pairs(t) do if k == "x" or v == 1 then goto continue end n = n + 1 ::continue:: end
  while n < 40 do n = n + 3 if n > 35 then break end end
  repeat local z = n; n = z - 1; local g = function() return z end until n <= 30
  t.y, t[2], t.z = inner(1), inner(2)
  t.s = b .. n .. "|" .. #t .. ("long constant " .. "0123456789012345678901234567890123456789")
  local m = ((a << 3) | 5) & 0xff ~ (a >> 1)
  if not (m ~= 3) or m <= 2 or 7 >= m then m = ~m end
  return select("#", ...), m, t.s:len(), inner(n)
end
local results = { outer(nil, 2, 3, 4) }
local co = coroutine.wrap(function(...) local v <close> = c; return coroutine.yield(...) end)
print(co(1, 2), outer(5), #results, pcall(error, { code = 1 }))
print(pcall(function() local u; u.v.w = 1 end))
do local v <close> = c; print(b:upper(), t[1], -0.0, 1e300, math.mininteger) end
return outer(table.unpack(results))
"##;

/// Tries a damaged chunk: it may be refused, in PUC's words, or do anything that a
/// function may do.
fn survives(lua: &mut Lua, chunk: &[u8]) -> bool {
    let loaded = lua.enter(|ctx| {
        ctx.state.fuel.reset();
        ctx.state.fuel.give(1 << 30);
        match load(ctx, chunk, "=c") {
            Ok(function) => ctx.set_global("F", function).is_ok(),
            Err(message) => {
                let known = message.starts_with("c: bad binary format (")
                    || message == "refused"
                    || chunk.first() != Some(&0x1b);
                assert!(known, "{message}");
                false
            }
        }
    });
    if loaded {
        let halt = run(lua, 3_000);
        let ends = matches!(halt, Halt::Done | Halt::Fuel | Halt::Failed | Halt::Stop(_));
        assert!(ends || matches!(halt, Halt::Collecting), "{halt:?}");
        lua.enter(|ctx| ctx.state.output.borrow_mut().take());
    }
    loaded
}

#[test]
fn truncated_chunks_are_told_as_such() {
    for strip in [false, true] {
        let chunk = precompiled(RICH.as_bytes(), "=rich", strip);
        machine(Profile::Full, 64 << 20).enter(|ctx| {
            for length in 1..chunk.len() {
                let error = load(ctx, &chunk[..length], "@a file").unwrap_err();
                assert_eq!(error, "a file: bad binary format (truncated chunk)", "at {length}");
            }
            // What follows a chunk is not looked at.
            assert!(load(ctx, &[&chunk[..], b"more"].concat(), "=c").is_ok());
        });
    }
}

#[test]
fn no_flipped_byte_does_harm() {
    let chunk = precompiled(RICH.as_bytes(), "=rich", false);
    let mut lua = machine(Profile::Full, 8 << 20);
    let mut loaded = 0;
    for at in 0..chunk.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = chunk.clone();
            damaged[at] ^= flip;
            loaded += u32::from(survives(&mut lua, &damaged));
        }
    }
    assert!(loaded > 100, "{loaded} damaged chunks were loaded");
}

/// Numbers from a fixed seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Instructions with other operands, or other instructions altogether, in a chunk
/// that is whole otherwise. `MOONFUEL_FUZZ_TRIES` makes it go on for longer.
#[test]
fn no_rewritten_instruction_does_harm() {
    let chunk = precompiled(RICH.as_bytes(), "=rich", true);
    let code = precompiled(b"return 1", "=r", true);
    let first = code.windows(8).position(|w| w[0] == Op::VarargPrep as u8 && w[1..] == [0; 7]);
    let start = first.unwrap();
    let tries = std::env::var("MOONFUEL_FUZZ_TRIES").ok().and_then(|s| s.parse().ok());
    let seed = std::env::var("MOONFUEL_FUZZ_SEED").ok().and_then(|s| s.parse().ok());
    let mut random = Random(seed.unwrap_or(1));
    let mut lua = machine(Profile::Full, 8 << 20);
    let (mut tried, mut loaded) = (0u64, 0u64);
    while tried < tries.unwrap_or(5_000) {
        let mut damaged = chunk.clone();
        for _ in 0..=random.below(3) {
            // Most of a stripped chunk is code, so that most hits are operands.
            let at = start + random.below(chunk.len() - start);
            damaged[at] = match random.below(4) {
                0 => random.below(256) as u8,
                1 => damaged[at].wrapping_add(1),
                2 => damaged[at].wrapping_sub(1),
                _ => random.below(16) as u8,
            };
        }
        tried += 1;
        loaded += u64::from(survives(&mut lua, &damaged));
    }
    assert!(loaded * 20 > tried, "{loaded} of {tried} damaged chunks were loaded");
}

#[test]
fn dumped_code_has_a_version_of_its_own() {
    // When the opcode table changes, raise `bytecode::format::VERSION` and write the new
    // sum here: chunks of another version must be refused.
    let table = Op::ALL.iter().flat_map(|op| [op.name(), op.operands(), op.effect()]);
    let sum = table.flat_map(str::bytes).fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let chunk = precompiled(b"return 1", "=r", true);
    assert_eq!((sum, chunk[31]), (0xa7b8_ae2c_d182_8c5d, 1), "{sum:#x}");
}
