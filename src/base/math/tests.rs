//! Each function comes to the same bits in each version, over arguments of all kinds: those of
//! the crate `libm` 0.2.16 where it came from there.

use super::*;

mod nearest;

/// Arguments of each function.
const COUNT: usize = 60_000;

/// What is special about numbers.
const SPECIAL: [f64; 22] = [
    0.0,
    1.0,
    0.5,
    1.5,
    2.0,
    3.0,
    10.0,
    0.1,
    f64::INFINITY,
    f64::NAN,
    f64::MIN_POSITIVE,
    f64::MAX,
    f64::EPSILON,
    5e-324,
    2.225_073_858_507_201e-308,
    std::f64::consts::PI,
    std::f64::consts::FRAC_PI_2,
    std::f64::consts::FRAC_PI_4,
    std::f64::consts::E,
    std::f64::consts::LN_2,
    709.782712893384,
    -745.1332191019411,
];

/// Draws numbers: always the same ones.
struct Draw(u64);

impl Draw {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn number(&mut self) -> f64 {
        let unit = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        let sign = if self.bits() >> 63 == 0 { 1.0 } else { -1.0 };
        sign * match self.bits() >> 61 {
            0 => f64::from_bits(self.bits()),
            1 => SPECIAL[(self.bits() >> 32) as usize % SPECIAL.len()],
            2 => unit,
            3 => unit * 8.0,
            4 => unit * 1000.0,
            5 => (unit * 1e6).floor(),
            6 => unit * 1e18,
            // A number near a special one.
            _ => {
                let special = SPECIAL[(self.bits() >> 32) as usize % SPECIAL.len()];
                f64::from_bits(special.to_bits().wrapping_add(self.bits() >> 60).wrapping_sub(8))
            }
        }
    }
}

/// A hash of bits (FNV-1a). Which NaN a processor makes is its own affair.
fn hash(before: u64, value: f64) -> u64 {
    let bits = if value.is_nan() { 0x7ff8 << 48 } else { value.to_bits() };
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bits.to_le_bytes().iter().fold(before, step)
}

const BEGIN: u64 = 0xcbf2_9ce4_8422_2325;

fn of_one(function: impl Fn(f64) -> f64) -> u64 {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    (0..COUNT).fold(BEGIN, |before, _| hash(before, function(draw.number())))
}

fn of_two(function: impl Fn(f64, f64) -> f64) -> u64 {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    (0..COUNT).fold(BEGIN, |before, _| {
        let (x, y) = (draw.number(), draw.number());
        hash(before, function(x, y))
    })
}

/// What each function comes to.
const COMES_TO: [(&str, u64); 17] = [
    ("acos", 0x9cda_989c_a1f2_6389),
    ("asin", 0xcfed_1b95_e487_c0c6),
    ("atan2", 0xb437_6c92_6c33_ad34),
    ("cos", 0x6c01_aa95_d684_fdb3),
    ("cosh", 0xd4d7_d3e9_ef72_b73e),
    ("exp", 0x644c_4efe_f95b_c751),
    ("fmod", 0x6ca1_d024_7a47_7290),
    ("frexp", 0x899a_4864_8907_9386),
    ("ldexp", 0x596f_673b_e1ac_2779),
    ("log", 0x016c_f378_e6da_5cc3),
    ("log10", 0xf551_11bb_5143_6075),
    ("log2", 0xb305_6eb0_752e_a7f0),
    ("pow", 0xc9ba_d9e3_8bed_4159),
    ("sin", 0x1ddd_16f5_7929_3f78),
    ("sinh", 0x189c_3f3f_93c5_22dd),
    ("tan", 0x4088_1992_34da_a356),
    ("tanh", 0xe05a_6d9b_d94d_a53e),
];

#[test]
fn every_function_comes_to_the_same_bits_as_ever() {
    let fraction = |x| {
        let (fraction, exponent) = frexp(x);
        // The exponent of what has none is not said.
        fraction + if x.is_finite() { f64::from(exponent) * 4.0 } else { 0.0 }
    };
    let scaled = |x, y: f64| ldexp(x, (y % 2200.0) as i32);
    let come_to = [
        ("acos", of_one(acos)),
        ("asin", of_one(asin)),
        ("atan2", of_two(atan2)),
        ("cos", of_one(cos)),
        ("cosh", of_one(cosh)),
        ("exp", of_one(exp)),
        ("fmod", of_two(fmod)),
        ("frexp", of_one(fraction)),
        ("ldexp", of_two(scaled)),
        ("log", of_one(log)),
        ("log10", of_one(log10)),
        ("log2", of_one(log2)),
        ("pow", of_two(pow)),
        ("sin", of_one(sin)),
        ("sinh", of_one(sinh)),
        ("tan", of_one(tan)),
        ("tanh", of_one(tanh)),
    ];
    assert_eq!(come_to, COMES_TO);
}

#[test]
fn remainders_of_numbers_far_apart_are_exact() {
    // `x - n * y` is exact where both are whole numbers of the same power of 2.
    let slow = |x: f64, y: f64| {
        let (mut rest, y) = (x.abs(), y.abs());
        while rest >= y {
            let mut step = y;
            while step * 2.0 <= rest {
                step *= 2.0;
            }
            rest -= step;
        }
        rest.copysign(x)
    };
    let mut draw = Draw(7);
    let mut compared = 0;
    while compared < 3000 {
        let (x, y) = (draw.number(), draw.number());
        if x.is_finite() && y.is_finite() && y != 0.0 {
            assert_eq!(fmod(x, y).to_bits(), slow(x, y).to_bits(), "{x:e} {y:e}");
            compared += 1;
        }
    }
}
