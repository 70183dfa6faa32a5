//! Reading and writing tables where that needs neither fuel nor memory nor a metamethod.

/// Defines the macros of this family over the variables of the loop. `$d` is a dollar sign:
/// what follows one belongs to the macro that is defined.
// The formatter moves macros in macros further to the right each time.
#[rustfmt::skip]
macro_rules! tables {
    ($d:tt $next:lifetime $ctx:ident $th:ident $fuel:ident) => {
        /// Reads what may need a metamethod.
        macro_rules! slow_get {
            ($d lacked:literal, $d i:expr, $d object:expr, $d key:expr, $d place:expr) => {{
                let operands: (*const Value<'gc>, *const Value<'gc>) = ($d object, $d key);
                // SAFETY: values of the running function, or on the way to it.
                slow!(unsafe { slow::get::<$d lacked>($ctx, $th, operands, $d place, $d i.a) })
            }};
        }
        /// Writes what may need a metamethod.
        macro_rules! slow_set {
            ($d object:expr, $d key:expr, $d from:expr, $d place:expr) => {{
                let operands: (*const Value<'gc>, *const Value<'gc>) = ($d object, $d key);
                // SAFETY: values of the running function, or on the way to it.
                slow_alloc!(unsafe { slow::set($ctx, $th, operands, $d from, $d place) })
            }};
        }
        /// `R[a] := U[b][K[x]]`
        macro_rules! get_tab_up {
            ($d instr:expr) => {{
                let i = $d instr;
                let object = u!(i.b).place();
                // SAFETY: an upvalue's place holds a valid value.
                let object = unsafe { &*object };
                let key = k!(i.x);
                if let (Value::Table(table), Value::String(key)) = (object, key) {
                    let from = table.short_place(*key);
                    if found!(from) || table.metatable_or_pristine().is_none() {
                        w!(i.a) = at!(from);
                        continue;
                    }
                }
                slow_get!(false, i, object, key, Place::Upvalue(i.b))
            }};
        }
        /// `R[a] := R[b][R[c]]`
        macro_rules! get_table {
            ($d instr:expr) => {{
                let i = $d instr;
                'quick: {
                    let Value::Table(table) = r!(i.b) else { break 'quick };
                    let from = match r!(i.c) {
                        Value::Integer(key) => table.int_place(*key),
                        Value::String(key) if key.is_short() => table.short_place(*key),
                        key => {
                            let place = table.place(*key);
                            let none = || table.metatable_or_pristine().is_none();
                            if place.is_null() || !(found!(place) || none()) {
                                break 'quick;
                            }
                            // It may have been tried before, and paid: that is over now, and
                            // only now.
                            $fuel.done();
                            place
                        }
                    };
                    if found!(from) || table.metatable_or_pristine().is_none() {
                        w!(i.a) = at!(from);
                        continue $next;
                    }
                }
                slow_get!(false, i, r!(i.b), r!(i.c), Place::Register(i.b))
            }};
        }
        /// `R[a] := R[b][sx]`
        macro_rules! get_i {
            ($d instr:expr) => {{
                let i = $d instr;
                if let Value::Table(table) = r!(i.b) {
                    let from = table.int_place(i64::from(i.sx()));
                    if found!(from) || table.metatable_or_pristine().is_none() {
                        w!(i.a) = at!(from);
                        continue;
                    }
                }
                let key = Value::Integer(i64::from(i.sx()));
                slow_get!(false, i, r!(i.b), &key, Place::Register(i.b))
            }};
        }
        /// `R[a] := R[b][K[x]]`
        macro_rules! get_field {
            ($d instr:expr) => {{
                let i = $d instr;
                let key = k!(i.x);
                if let (Value::Table(table), Value::String(key)) = (&*r!(i.b), key) {
                    let from = table.short_place(*key);
                    if found!(from) || table.metatable_or_pristine().is_none() {
                        w!(i.a) = at!(from);
                        continue;
                    }
                    let from = inherit::inherited($ctx, *table, *key);
                    if !from.is_null() {
                        w!(i.a) = at!(from);
                        continue;
                    }
                }
                slow_get!(true, i, r!(i.b), key, Place::Register(i.b))
            }};
        }
        /// `U[a][K[x]] := RK`
        macro_rules! set_tab_up {
            ($d instr:expr) => {{
                let i = $d instr;
                let object = u!(i.a).place();
                // SAFETY: an upvalue's place holds a valid value.
                let object = unsafe { &*object };
                let key = k!(i.x);
                let from = place!(i.c != 0, i.b, i.b);
                if let (Value::Table(table), Value::String(key)) = (object, key)
                    && key.is_short()
                    && table.set_short_quickly($ctx.heap(), *key, from)
                {
                    continue;
                }
                slow_set!(object, key, from, Place::Upvalue(i.a))
            }};
        }
        /// `R[a][R[b]] := RK`
        macro_rules! set_table {
            ($d instr:expr) => {{
                let i = $d instr;
                let from = place!(i.x != 0, i.x.wrapping_sub(1), i.c);
                if let Value::Table(table) = r!(i.a) {
                    let done = match r!(i.b) {
                        Value::Integer(key) => slow::replace_item($ctx, *table, *key, from),
                        Value::String(key) if key.is_short() => {
                            table.set_short_quickly($ctx.heap(), *key, from)
                        }
                        Value::Table(key) => slow::replace_by_table($ctx, *table, *key, from),
                        _ => false,
                    };
                    if done {
                        continue;
                    }
                }
                slow_set!(r!(i.a), r!(i.b), from, Place::Register(i.a))
            }};
        }
        /// `R[a][sx] := RK`
        macro_rules! set_i {
            ($d instr:expr) => {{
                let i = $d instr;
                let from = place!(i.c != 0, i.b, i.b);
                let key = i64::from(i.sx());
                if let Value::Table(table) = r!(i.a)
                    && slow::replace_item($ctx, *table, key, from)
                {
                    continue;
                }
                let key = Value::Integer(key);
                slow_set!(r!(i.a), &key, from, Place::Register(i.a))
            }};
        }
        /// `R[a][K[x]] := RK`
        macro_rules! set_field {
            ($d instr:expr) => {{
                let i = $d instr;
                let key = k!(i.x);
                let from = place!(i.c != 0, i.b, i.b);
                if let (Value::Table(table), Value::String(key)) = (&*r!(i.a), key)
                    && table.set_short_quickly($ctx.heap(), *key, from)
                {
                    continue;
                }
                slow_set!(r!(i.a), key, from, Place::Register(i.a))
            }};
        }
        /// `R[a + 1] := R[b]; R[a] := R[b][K[x]]`
        macro_rules! self_op {
            ($d instr:expr) => {{
                let i = $d instr;
                let key = k!(i.x);
                if let Value::String(name) = key {
                    let from = inherit::method($ctx, r!(i.b), *name);
                    if !from.is_null() {
                        w!(usize::from(i.a) + 1) = v!(i.b);
                        w!(i.a) = at!(from);
                        continue;
                    }
                }
                let operands: (*const Value<'gc>, *const Value<'gc>) = (r!(i.b), key);
                // SAFETY: a register and a constant.
                slow!(unsafe { slow::self_op($ctx, $th, i, operands) })
            }};
        }
    };
}

pub(super) use tables;
