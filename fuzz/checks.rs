//! What must hold for any bytes: the checks of the fuzz targets and their smoke test.

use moonfuel::{Chunk, Limits, Outcome, Profile, Report, Session};

fn limits() -> Limits {
    Limits {
        fuel: 100_000,
        memory: 2 << 20,
        output: 4 << 10,
        source: 64 << 10,
        ..Limits::default()
    }
}

fn session(profile: Profile, limits: Limits) -> Session {
    Session::builder().profile(profile).limits(limits).build().unwrap()
}

/// Looks at the bytes as a chunk: twice with the same result.
#[allow(dead_code, reason = "each fuzz target includes this file for one of its checks")]
pub(crate) fn parse(source: &[u8]) {
    let mut session = session(Profile::Strict, limits());
    let first = session.check(source, "=fuzz");
    assert_eq!(first, session.check(source, "=fuzz"));
}

/// Runs the bytes as a chunk: in one piece and in slices, to the same end, with the
/// same fuel, output and peak of memory.
#[allow(dead_code, reason = "each fuzz target includes this file for one of its checks")]
pub(crate) fn run(source: &[u8]) {
    let _ = same_in_slices(source, source, &|| session(Profile::Strict, limits()), &limits());
}

/// Compiles the bytes, damages the precompiled chunk and runs what is still accepted:
/// an error at worst. Behind a last zero byte stand the changes, three bytes each: where,
/// low byte first, and the new byte. Without one they come from the bytes themselves.
#[allow(dead_code, reason = "each fuzz target includes this file for one of its checks")]
pub(crate) fn undump(input: &[u8]) {
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

/// What the bytes are operations of, on weak tables and objects with finalizers. The
/// script knows what must be in its tables, and asserts it.
const WEAK: &str = r#"
local modes, kept, weak, model, finalized = {"k", "v", "kv", "x"}, {}, {}, {}, 0
local long, walking = ("long"):rep(12), false
local function object(with)
  local o = {}
  if with then
    setmetatable(o, {__mode = with % 2 == 0 and "k" or nil, __gc = function(dead)
      finalized = finalized + 1
      if with % 3 == 0 then kept[with % 8 + 1] = dead end
      if with % 5 == 0 then setmetatable(dead, getmetatable(dead)) end
      -- Nothing may be added to a table that is traversed.
      if with % 7 == 0 and not walking then weak[1][dead] = dead weak[2]["f" .. with] = {} end
    end})
  end
  return o
end
for i = 1, 8 do kept[i] = {} end
for i = 1, 4 do weak[i], model[i] = setmetatable({}, {__mode = modes[i]}), {} end
-- A value, and what finds it again when it is one that stays.
local function pick(n)
  local kind, n = n % 6, n // 6
  if kind == 0 then return n % 20 + 1, true end
  if kind == 1 then return "s" .. n, true end
  if kind == 2 then return long .. n, true end
  if kind == 3 then return n + 0.5, true end
  if kind == 4 then local o = kept[n % 8 + 1] return o, false end
  return object(n % 2 == 0 and n or nil), false
end
local function check(i)
  local mode, n = getmetatable(weak[i]).__mode, 0
  walking = true
  for k, v in pairs(weak[i]) do
    n = n + 1
    assert(k ~= nil and v ~= nil and rawequal(weak[i][k], v), k)
    if n % 3 == 0 then collectgarbage("step", 100) end
  end
  walking = false
  for k, v in pairs(model[i]) do assert(rawequal(weak[i][k], v), mode) end
  local length = #weak[i]
  assert(length == 0 or weak[i][length] ~= nil)
  assert(weak[i][length + 1] == nil)
end
for op, a, b in ops:gmatch("(.)(.)(.)") do
  op, a, b = op:byte(), a:byte(), b:byte()
  local i, what = op % 4 + 1, op // 4 % 16
  if what < 8 then
    local k, stays = pick(a) local v, too = pick(b)
    weak[i][k] = v
    if stays then model[i][k] = too and v or nil end
  elseif what == 8 then
    local k, stays = pick(a)
    weak[i][k] = nil
    if stays then model[i][k] = nil end
  elseif what == 9 then kept[a % 8 + 1] = object(b)
  elseif what == 10 then
    local k = kept[a % 8 + 1]
    for n = 1, b do local next = {} weak[i][k] = next k = next end
    kept[b % 8 + 1] = k
  elseif what == 11 then
    for n = 1, b do weak[i][n] = n % 3 == 0 and {} or n model[i][n] = n % 3 ~= 0 and n or nil end
  elseif what == 12 then getmetatable(weak[i]).__mode = modes[a % 4 + 1]
  elseif what == 13 then
    walking = true
    for k in pairs(weak[i]) do
      weak[i][k] = nil
      model[i][k] = nil
      if a % 4 == 0 then collectgarbage() end
    end
    walking = false
  elseif what == 14 then check(i)
  else collectgarbage(a % 2 == 0 and "collect" or "step") end
end
collectgarbage()
for i = 1, 4 do check(i) end
"#;

/// Takes the bytes for operations on weak tables: what stays in them is there, in
/// slices and with a collection at every opportunity too.
#[allow(dead_code, reason = "each fuzz target includes this file for one of its checks")]
pub(crate) fn weak(ops: &[u8]) {
    // A collection at every opportunity makes each operation dear.
    let ops = &ops[..ops.len().min(600)];
    let source = format!("local ops = \"{}\"\n{WEAK}", literal(ops));
    let limits = Limits { fuel: 400_000, memory: 8 << 20, ..limits() };
    let make = || session(Profile::Strict, limits.clone());
    let report = same_in_slices(source.as_bytes(), ops, &make, &limits);
    let holds = |outcome: &Outcome| match outcome {
        Outcome::Done(_) | Outcome::OutOfFuel | Outcome::OutOfMemory => true,
        Outcome::Failed(error) => error.message == b"not enough memory",
        _ => false,
    };
    assert!(holds(&report.outcome), "{:?}", report.outcome);
    let mut stressed = make();
    stressed.set_collect_always(true);
    let report = stressed.run(&source);
    assert!(holds(&report.outcome), "collecting always: {:?}", report.outcome);
}

/// Bytes as they stand between quotes in a source.
fn literal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:03}")).collect()
}

/// Numbers that come from the input alone.
struct Random(u64);

impl Random {
    fn of(bytes: &[u8]) -> Random {
        Random(bytes.iter().fold(0x9E37_79B9_7F4A_7C15, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
        }))
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 7) % n
    }
}

/// Runs a source whole and in slices that come from `input`, and compares.
fn same_in_slices(
    source: &[u8],
    input: &[u8],
    make: &dyn Fn() -> Session,
    limits: &Limits,
) -> Report {
    let whole = in_slices(make(), source, limits, || u64::MAX);
    let mut random = Random::of(input);
    let longest = [3, 50, 700, 9000][random.below(4) as usize];
    let cut = in_slices(make(), source, limits, || 1 + random.below(longest));
    assert_eq!(whole, cut, "slices of at most {longest} units change the run");
    whole
}

fn in_slices(
    session: Session,
    source: &[u8],
    limits: &Limits,
    mut slice: impl FnMut() -> u64,
) -> Report {
    let mut run = session.start(Chunk::new(source).named("=fuzz"));
    while !run.step(slice()).is_ended() {}
    let (_, report) = run.finish();
    assert!(report.usage.fuel_used <= limits.fuel, "{:?}", report.usage);
    assert!(report.usage.memory_peak <= limits.memory + (64 << 10), "{:?}", report.usage);
    assert!(report.output.len() as u64 <= limits.output, "{:?}", report.usage);
    report
}
