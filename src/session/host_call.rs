//! Host functions as scripts see them.

use super::convert::{from_host, host_bytes, to_host};
use super::host_function::HostError;
use super::host_table::{HostTable, SOURCE};
use super::host_value::HostValue;
use crate::stdlib::package;
use crate::vm::call::Call;
use crate::vm::lua::Context;
use crate::vm::native::{Flow, Interrupt, NativeDef, Step};
use crate::vm::table::Table;
use crate::vm::value::Value;

/// A call on its way to the host.
pub(super) struct Request {
    pub(super) index: usize,
    pub(super) args: Vec<HostValue>,
}

/// The host's answer on its way back.
pub(super) struct Reply(pub(super) Result<Vec<HostValue>, HostError>);

/// A host function as scripts call it; its upvalue is its number.
static HOST_FUNCTION: NativeDef = NativeDef {
    name: "",
    call: host_function,
    section: "host",
    fuel: "1 + values + bytes/64, both ways",
};

const REPLIED: u32 = 1;

fn host_function<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let ctx = call.ctx;
    if call.step != REPLIED {
        let mut args = Vec::new();
        for slot in 0..call.top() {
            match to_host(ctx, call.arg(slot))? {
                Ok(value) => args.push(value),
                Err(message) => return Err(call.arg_error(slot, message)),
            }
        }
        let index = match call.upvalue(0) {
            Value::Integer(index) => usize::try_from(index).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        *ctx.state.mailbox.borrow_mut() = Some(Box::new(Request { index, args }));
        return Ok(Flow::Host { args: call.top(), step: REPLIED });
    }
    // The reply stays in the mailbox until its values are made: this step may run again.
    let letter = ctx.state.mailbox.borrow_mut().take();
    let Some(reply) = letter.and_then(|letter| letter.downcast::<Reply>().ok()) else {
        return Err(call.error("the host gave no answer"));
    };
    let made = make_values(call, &reply);
    if matches!(made, Err(Interrupt::Fuel | Interrupt::Memory(_))) {
        *ctx.state.mailbox.borrow_mut() = Some(reply);
    }
    made
}

fn make_values<'gc>(call: &mut Call<'_, 'gc>, reply: &Reply) -> Step<'gc> {
    match &reply.0 {
        Err(error) if error.is_memory() => {
            Err(Interrupt::Error(Value::String(call.ctx.state.memory_message)))
        }
        Err(error) => Err(call.error(&error.message)),
        Ok(values) => {
            let bytes: u64 = values.iter().map(host_bytes).sum();
            call.charge_bytes(usize::try_from(bytes).unwrap_or(usize::MAX))?;
            call.ensure(values.len())?;
            let mut made = Vec::with_capacity(values.len());
            for value in values {
                made.push(from_host(call.ctx, value)?);
            }
            for value in made {
                call.push(value);
            }
            Ok(Flow::Return(values.len()))
        }
    }
}

/// Makes the global tables of host functions.
pub(super) fn register<'gc>(ctx: Context<'gc>, host: &HostTable) -> Result<(), Interrupt<'gc>> {
    for (index, entry) in host.entries.iter().enumerate() {
        let module = ctx.string(entry.module.as_bytes())?;
        let table = match ctx.state.globals.get_str(module) {
            Value::Table(table) => table,
            _ => {
                let table = Table::new(ctx, 0, 8)?;
                ctx.state.globals.set_str(ctx, module, Value::Table(table))?;
                table
            }
        };
        let number = Value::Integer(index as i64);
        let function = ctx.native_closure(&HOST_FUNCTION, &[number])?;
        table.set_str(ctx, ctx.string(entry.name.as_bytes())?, Value::Native(function))?;
    }
    if !host.modules.is_empty() {
        let function = ctx.native_closure(&HOST_FUNCTION, &[Value::Integer(SOURCE as i64)])?;
        package::set_source(ctx, Value::Native(function))?;
    }
    for entry in &host.entries {
        if let Value::Table(table) = ctx.state.globals.get_str(ctx.string(entry.module.as_bytes())?)
        {
            table.set_read_only(true);
        }
    }
    Ok(())
}
