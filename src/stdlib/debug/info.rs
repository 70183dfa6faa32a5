//! `debug.getinfo` (manual §6.10).

use super::{name_value, target};
use crate::base::c_string::c_string;
use crate::base::chunk_id::chunk_id;
use crate::vm::calls::call::Call;
use crate::vm::calls::inspect::Level;
use crate::vm::heap::native::{Interrupt, Step};
use crate::vm::heap::table::Table;
use crate::vm::heap::value::{Type, Value};

/// Price of a look at a function: its names are searched for in its caller's code.
const LOOK: u64 = 48;
/// Bytes of `what` looked at for one unit: each is looked for often.
const OPTIONS_PER_UNIT: usize = 4;
/// `debug.getinfo ([thread,] f [, what])`
pub(super) fn getinfo<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    describe(call, true)
}

/// `debug.getinfo` that gives no function away.
pub(super) fn getinfo_without_values<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    describe(call, false)
}

/// The function to be described, and the call it is active in.
struct Subject<'gc> {
    function: Value<'gc>,
    level: Option<Level<'gc>>,
}

fn describe<'gc>(call: &mut Call<'_, 'gc>, values: bool) -> Step<'gc> {
    let (thread, first) = target(call);
    let what = call.opt_string(first + 1)?;
    if let Some(what) = what {
        call.charge((what.len() / OPTIONS_PER_UNIT) as u64)?;
    }
    let what = what.as_ref().map_or(b"flnSrtu".as_slice(), |what| c_string(what.as_bytes()));
    if what.first() == Some(&b'>') {
        return Err(call.arg_error(first + 1, "invalid option '>'"));
    }
    call.charge(LOOK)?;
    let function = call.arg(first);
    let subject = if function.type_of() == Type::Function {
        Subject { function, level: None }
    } else {
        let level = call.check_int(first)?;
        let Some(level) = call.level(thread, level)? else { return call.ret(Value::Nil) };
        Subject { function: level.function, level: Some(level) }
    };
    if !what.iter().all(|option| b"SlnrutLf".contains(option)) {
        return Err(call.arg_error(first + 1, "invalid option"));
    }
    let has = |option: u8| what.contains(&option);
    if has(b'L')
        && let Value::Closure(closure) = subject.function
    {
        // Each line may become an entry.
        call.charge(2 * closure.proto().lines.len() as u64)?;
    }
    let table = call.table(0, 16)?;
    let fields = Fields { call, table };
    if has(b'S') {
        fields.source(&subject)?;
    }
    if has(b'l') {
        let line = subject.level.as_ref().and_then(|level| level.line);
        fields.set("currentline", Value::Integer(line.map_or(-1, i64::from)))?;
    }
    if has(b'u') {
        fields.parameters(&subject)?;
    }
    if has(b'n') {
        let name = subject.level.as_ref().and_then(|level| level.name.as_ref());
        if let Some((_, name)) = name {
            fields.text("name", c_string(name))?;
        }
        fields.text("namewhat", name.map_or("", |(kind, _)| *kind).as_bytes())?;
    }
    if has(b'r') {
        let (first, n) = subject.level.as_ref().map_or((0, 0), |level| level.transfer);
        fields.set("ftransfer", Value::Integer(i64::from(first)))?;
        fields.set("ntransfer", Value::Integer(i64::from(n)))?;
    }
    if has(b't') {
        let tail = subject.level.as_ref().is_some_and(|level| level.is_tail_call);
        fields.set("istailcall", Value::Boolean(tail))?;
    }
    if has(b'L') {
        fields.active_lines(&subject)?;
    }
    if has(b'f') && values {
        fields.set("func", subject.function)?;
    }
    call.ret(table)
}

/// The table of results.
struct Fields<'a, 'b, 'gc> {
    call: &'a Call<'b, 'gc>,
    table: Table<'gc>,
}

impl<'gc> Fields<'_, '_, 'gc> {
    fn set(&self, name: &str, value: Value<'gc>) -> Result<(), Interrupt<'gc>> {
        let key = self.call.ctx.string(name.as_bytes())?;
        self.table.set_str(self.call.ctx.heap(), key, value)
    }

    fn text(&self, name: &str, text: &[u8]) -> Result<(), Interrupt<'gc>> {
        self.set(name, name_value(self.call, text)?)
    }

    fn source(&self, subject: &Subject<'gc>) -> Result<(), Interrupt<'gc>> {
        let (source, from, to, what): (&[u8], i64, i64, &str) = match subject.function {
            Value::Closure(closure) => {
                let proto = closure.proto();
                let what = if proto.line_defined == 0 { "main" } else { "Lua" };
                let (from, to) = (proto.line_defined, proto.last_line_defined);
                (closure.source_name(), i64::from(from), i64::from(to), what)
            }
            _ => (b"=[C]", -1, -1, "C"),
        };
        self.text("source", source)?;
        self.text("short_src", &chunk_id(source))?;
        self.set("linedefined", Value::Integer(from))?;
        self.set("lastlinedefined", Value::Integer(to))?;
        self.text("what", what.as_bytes())
    }

    fn parameters(&self, subject: &Subject<'gc>) -> Result<(), Interrupt<'gc>> {
        let (upvalues, parameters, vararg) = match subject.function {
            Value::Closure(closure) => {
                let proto = closure.proto();
                (closure.upvalues().len(), i64::from(proto.num_params), proto.is_vararg)
            }
            Value::Native(closure) => (closure.upvalue_count(), 0, true),
            _ => (0, 0, true),
        };
        self.set("nups", Value::Integer(upvalues as i64))?;
        self.set("nparams", Value::Integer(parameters))?;
        self.set("isvararg", Value::Boolean(vararg))
    }

    fn active_lines(&self, subject: &Subject<'gc>) -> Result<(), Interrupt<'gc>> {
        let Value::Closure(closure) = subject.function else { return Ok(()) };
        let proto = closure.proto();
        let ctx = self.call.ctx;
        let lines = Table::new(ctx.heap(), 0, 0)?;
        // The instruction that arranges extra arguments belongs to no line.
        for line in proto.lines.iter().skip(usize::from(proto.is_vararg)) {
            lines.raw_set(ctx.heap(), Value::Integer(i64::from(*line)), Value::Boolean(true))?;
        }
        self.set("activelines", Value::Table(lines))
    }
}
