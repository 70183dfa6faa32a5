//! Pseudo-random numbers (manual §6.7): xoshiro256**, with PUC 5.4's seeding and
//! projection, so that a seed gives the sequence it gives there.

use crate::vm::calls::call::Call;
use crate::vm::heap::native::{Flow, Interrupt, Step};
use crate::vm::heap::value::Value;

/// The generator's state.
pub(super) type State = [u64; 4];

/// Returns the state for a seed of two integers, as `math.randomseed (n1, n2)` sets it.
pub(crate) fn seed_state(n1: u64, n2: u64) -> State {
    // The constant keeps the state from being all zeros.
    let mut state = [n1, 0xff, n2, 0];
    warm(&mut state);
    state
}

/// Throws away the first 16 numbers, which are still close to the seed.
pub(crate) fn warm(state: &mut State) {
    for _ in 0..16 {
        next(state);
    }
}

/// Returns the next 64 random bits.
pub(super) fn next(state: &mut State) -> u64 {
    let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
    let shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = state[3].rotate_left(45);
    result
}

/// Makes a float in [0, 1) of the 53 high bits.
pub(super) fn unit_float(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Projects random bits into `0..=limit`: cuts them to the bits the limit needs
/// and draws again while the result is above it (each draw hits with at least ½).
pub(super) fn project(bits: u64, limit: u64, state: &mut State) -> u64 {
    let mask = match limit {
        0 => 0,
        _ => u64::MAX >> limit.leading_zeros(),
    };
    let mut candidate = bits & mask;
    while candidate > limit {
        candidate = next(state) & mask;
    }
    candidate
}

/// `math.random ([m [, n]])`
pub(super) fn random<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let mut state = call.ctx.state.random.get();
    let bits = next(&mut state);
    let result = draw(call, bits, &mut state);
    // A number is drawn even if the arguments turn out wrong; but when the step is to
    // run again it must find the state it began with.
    if matches!(result, Ok(_) | Err(Interrupt::Error(_))) {
        call.ctx.state.random.set(state);
    }
    call.ret(result?)
}

fn draw<'gc>(
    call: &mut Call<'_, 'gc>,
    bits: u64,
    state: &mut State,
) -> Result<Value<'gc>, Interrupt<'gc>> {
    let (low, high) = match call.top() {
        0 => return Ok(Value::Number(unit_float(bits))),
        1 => match call.check_integer(0)? {
            0 => return Ok(Value::Integer(bits as i64)),
            high => (1, high),
        },
        2 => (call.check_integer(0)?, call.check_integer(1)?),
        _ => return Err(call.error("wrong number of arguments")),
    };
    if low > high {
        return Err(call.arg_error(0, "interval is empty"));
    }
    let span = (high as u64).wrapping_sub(low as u64);
    Ok(Value::Integer(project(bits, span, state).wrapping_add(low as u64) as i64))
}

/// `math.randomseed ([x [, y]])`: returns the two integers that make the seed.
/// Without arguments they come from the generator itself, never from outside.
pub(super) fn randomseed<'gc>(call: &mut Call<'_, 'gc>) -> Step<'gc> {
    let (n1, n2) = if call.top() == 0 {
        let mut state = call.ctx.state.random.get();
        (next(&mut state), next(&mut state))
    } else {
        (call.check_integer(0)? as u64, call.opt_integer(1, 0)? as u64)
    };
    call.ctx.state.random.set(seed_state(n1, n2));
    call.push(Value::Integer(n1 as i64));
    call.push(Value::Integer(n2 as i64));
    Ok(Flow::Return(2))
}
