//! Arithmetic, bitwise operations and comparisons with a number in the code, on numbers; what
//! else there is takes a slow path.

/// Defines the macros of this family over the variables of the loop. `$d` is a dollar sign:
/// what follows one belongs to the macro that is defined.
// The formatter moves macros in macros further to the right each time.
#[rustfmt::skip]
macro_rules! arithmetic {
    ($d:tt $ctx:ident $th:ident) => {
        /// Arithmetic with an integer form that always has a result.
        macro_rules! arith {
            ($d i:expr, $d b:expr, $d c:expr, $d event:expr,
             |$d x:ident, $d y:ident| $d int:expr, $d float:expr) => {{
                match ($d b, $d c) {
                    (Value::Integer($d x), Value::Integer($d y)) => {
                        let ($d x, $d y) = (*$d x, *$d y);
                        w!($d i.a) = Value::Integer($d int);
                        continue;
                    }
                    (Value::Number($d x), Value::Number($d y)) => {
                        let ($d x, $d y) = (*$d x, *$d y);
                        w!($d i.a) = Value::Number(canonical($d float));
                        continue;
                    }
                    (Value::Integer($d x), Value::Number($d y)) => {
                        let ($d x, $d y) = (*$d x as f64, *$d y);
                        w!($d i.a) = Value::Number(canonical($d float));
                        continue;
                    }
                    (Value::Number($d x), Value::Integer($d y)) => {
                        let ($d x, $d y) = (*$d x, *$d y as f64);
                        w!($d i.a) = Value::Number(canonical($d float));
                        continue;
                    }
                    _ => {}
                }
                let event = $d event;
                slow_arithmetic!($d i, $d b, $d c, event)
            }};
        }
        /// Arithmetic whose integer form needs a divisor that is not zero.
        macro_rules! divide {
            ($d i:expr, $d b:expr, $d c:expr, $d event:expr, $d int:expr, $d float:expr) => {{
                match ($d b, $d c) {
                    (Value::Integer(x), Value::Integer(y)) if *y != 0 => {
                        w!($d i.a) = Value::Integer($d int(*x, *y));
                        continue;
                    }
                    // What takes longer is charged, where slow paths are.
                    (Value::Number(x), Value::Number(y)) if is_quick($d event, *x, *y) => {
                        w!($d i.a) = Value::Number(canonical($d float(*x, *y)));
                        continue;
                    }
                    (Value::Integer(x), Value::Number(y)) if is_quick($d event, *x as f64, *y) => {
                        w!($d i.a) = Value::Number(canonical($d float(*x as f64, *y)));
                        continue;
                    }
                    (Value::Number(x), Value::Integer(y)) if is_quick($d event, *x, *y as f64) => {
                        w!($d i.a) = Value::Number(canonical($d float(*x, *y as f64)));
                        continue;
                    }
                    _ => {}
                }
                slow_arithmetic!($d i, $d b, $d c, $d event)
            }};
        }
        /// Arithmetic that is always on floats.
        macro_rules! float_arith {
            ($d i:expr, $d b:expr, $d c:expr, $d event:expr,
             |$d x:ident, $d y:ident| $d float:expr) => {{
                let ($d x, $d y) = match ($d b, $d c) {
                    (Value::Number(x), Value::Number(y)) => (*x, *y),
                    (Value::Integer(x), Value::Integer(y)) => (*x as f64, *y as f64),
                    (Value::Integer(x), Value::Number(y)) => (*x as f64, *y),
                    (Value::Number(x), Value::Integer(y)) => (*x, *y as f64),
                    _ => {
                        slow_arithmetic!($d i, $d b, $d c, $d event);
                        continue;
                    }
                };
                w!($d i.a) = Value::Number(canonical($d float));
            }};
        }
        /// A power. What is no square is charged, where slow paths are.
        macro_rules! power {
            ($d i:expr, $d b:expr, $d c:expr) => {
                float_arith!($d i, $d b, $d c, Event::Pow, |x, y| if y == 2.0 {
                    x * x
                } else {
                    slow!(slow::power($ctx, $th, $d i.a, x, y));
                    continue;
                })
            };
        }
        /// A bitwise operation.
        macro_rules! bitwise {
            ($d i:expr, $d b:expr, $d c:expr, $d event:expr,
             |$d x:ident, $d y:ident| $d int:expr) => {{
                if let (Value::Integer($d x), Value::Integer($d y)) = ($d b, $d c) {
                    let ($d x, $d y) = (*$d x, *$d y);
                    w!($d i.a) = Value::Integer($d int);
                } else {
                    slow_arithmetic!($d i, $d b, $d c, $d event)
                }
            }};
        }
        /// A comparison with a number in the instruction.
        macro_rules! compare_immediate {
            ($d i:expr, $d int:ident, $d op:tt) => {{
                let immediate = $d i.sb();
                match r!($d i.a) {
                    Value::Integer(x) => branch!(*x $d op i64::from(immediate), $d i),
                    Value::Number(x) => branch!(*x $d op f64::from(immediate), $d i),
                    _ => compared!($d i, slow::compare_immediate($ctx, $th, $d i)),
                }
            }};
        }
    };
}

pub(super) use arithmetic;
