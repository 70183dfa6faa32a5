//! The host's functions, types and buses, put into the globals of a machine.

use super::host_table::HostTable;
use crate::session::functions::letters::SOURCE;
use crate::session::natives::host_call::{HOST_FUNCTION, LENIENT};
use crate::session::natives::paths::{inner_table, split};
use crate::session::natives::{all, event_bus, object_natives};
use crate::stdlib::package;
use crate::vm::heap::closure::NativeClosure;
use crate::vm::heap::native::Interrupt;
use crate::vm::heap::value::Value;
use crate::vm::state::context::Context;

/// Tells a machine what it must know of the host's functions beside the values.
pub(in crate::session) fn prepare(ctx: Context<'_>, host: &HostTable) {
    ctx.state.host_function.set(Some(&HOST_FUNCTION));
    for known in &host.types {
        ctx.state.objects.add_type(known.id);
    }
}

/// Makes the global tables of host functions.
pub(in crate::session) fn register<'gc>(
    ctx: Context<'gc>,
    host: &HostTable,
) -> Result<(), Interrupt<'gc>> {
    prepare(ctx, host);
    for (index, entry) in host.entries.iter().enumerate() {
        let (modules, name) = split(&entry.path);
        let mut table = ctx.state.globals;
        for module in modules {
            table = inner_table(ctx, table, module)?;
        }
        let lenient = if host.takes_anything(entry) { LENIENT } else { 0 };
        let number = Value::Integer(index as i64 | lenient);
        let function = NativeClosure::new(ctx.heap(), &HOST_FUNCTION, &[number])?;
        table.add_str(ctx.heap(), ctx.string(name.as_bytes())?, Value::Native(function))?;
    }
    object_natives::register(ctx, &host.types)?;
    event_bus::register(ctx, &host.buses)?;
    if !host.modules.is_empty() {
        let function =
            NativeClosure::new(ctx.heap(), &HOST_FUNCTION, &[Value::Integer(SOURCE as i64)])?;
        package::set_source(ctx, Value::Native(function))?;
    }
    if !host.entries.is_empty() {
        all::register(ctx)?;
    }
    let buses = host.buses.iter().map(|bus| event_bus::member(bus));
    for path in host.entries.iter().map(|entry| entry.path.clone()).chain(buses) {
        let mut table = ctx.state.globals;
        for module in split(&path).0 {
            let Value::Table(inner) = table.get_str(ctx.heap(), ctx.string(module.as_bytes())?)
            else {
                break;
            };
            table = inner;
            table.set_read_only(ctx.heap(), true)?;
        }
    }
    Ok(())
}
