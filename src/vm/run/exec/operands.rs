//! Operands: registers, constants, upvalues, and where they lie; slow paths that are told where.
//!
//! The four facts of [`super`] hold here.

/// Defines the macros of this family over the variables of the loop. `$d` is a dollar sign:
/// what follows one belongs to the macro that is defined.
// The formatter moves macros in macros further to the right each time.
#[rustfmt::skip]
macro_rules! operands {
    ($d:tt $ctx:ident $th:ident $closure:ident $constants:ident $base:ident) => {
        /// A register to read.
        macro_rules! r {
            ($d n:expr) => {
                // SAFETY: first and second fact; the reference ends with the expression.
                unsafe { &*$base.add($d n as usize) }
            };
        }
        /// The value of a register, to be stored elsewhere.
        macro_rules! v {
            ($d n:expr) => {
                // SAFETY: first, second and fourth fact.
                unsafe { Value::load($base.add($d n as usize)) }
            };
        }
        /// The address of a constant or a register: choosing the place and then reading
        /// keeps the value out of memory in between.
        macro_rules! place {
            ($d constant:expr, $d k:expr, $d r:expr) => {
                // SAFETY: first and second fact.
                unsafe {
                    if $d constant {
                        $constants.add($d k as usize)
                    } else {
                        $base.add($d r as usize).cast_const()
                    }
                }
            };
        }
        /// Reads what [`place!`] found.
        macro_rules! at {
            ($d place:expr) => {
                // SAFETY: as there; every slot holds a valid value.
                unsafe { Value::load($d place) }
            };
        }
        /// Tells whether there is a value other than nil at a place in a table.
        macro_rules! found {
            ($d place:expr) => {
                // SAFETY: tables return valid places.
                !unsafe { &*$d place }.is_nil()
            };
        }
        /// An upvalue of the running function.
        macro_rules! u {
            ($d n:expr) => {
                // SAFETY: first fact.
                unsafe { $closure.upvalue($d n) }
            };
        }
        /// The stack index of register 0.
        macro_rules! base_index {
            () => {
                // SAFETY: `base` is an address in the stack's block (second fact).
                unsafe { $base.offset_from($th.stack.at(0)) as usize }
            };
        }
        /// The running frame.
        macro_rules! current {
            () => {{
                let last = $th.frames.len().wrapping_sub(1);
                debug_assert!(last < $th.frames.len());
                // SAFETY: the running frame is the last one; the reference ends with the
                // expression, before frames are pushed or popped.
                unsafe { &mut *$th.frames.as_mut_ptr().add(last) }
            }};
        }
        /// A register to write.
        macro_rules! w {
            ($d n:expr) => {
                // SAFETY: first and second fact; values are `Copy` and no reference to a
                // register outlives the operation that reads it.
                *unsafe { &mut *$base.add($d n as usize) }
            };
        }
        /// A constant.
        macro_rules! k {
            ($d n:expr) => {
                // SAFETY: first and third fact.
                unsafe { &*$constants.add($d n as usize) }
            };
        }
        /// Arithmetic that needs metamethods, conversions or errors, of registers or of one and
        /// a constant.
        macro_rules! slow_arithmetic {
            ($d i:expr, $d b:expr, $d c:expr, $d event:expr) => {{
                let operands: (*const Value<'gc>, *const Value<'gc>) = ($d b, $d c);
                // SAFETY: operands of the instruction that is executed.
                slow!(unsafe { slow::arithmetic($ctx, $th, $d i, $d event, operands) })
            }};
        }
        /// A comparison of two registers or of one with a constant that needs metamethods or
        /// errors.
        macro_rules! compare_slow {
            ($d i:expr, $d how:expr, $d x:expr, $d y:expr) => {{
                // SAFETY: operands of the instruction that is executed.
                compared!($d i, unsafe { $d how($ctx, $th, ($d x, $d y)) })
            }};
        }
    };
}

pub(super) use operands;
