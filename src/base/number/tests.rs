//! Fixed samples, and thousands of random ones against the reference `lua5.4`
//! where that is installed.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{
    Flags, FloatSpec, Number, format_double, format_float, format_int_spec, format_integer,
    parse_number,
};

/// Runs a program in `lua5.4` and returns its output, or `None` without one.
#[expect(clippy::print_stderr, reason = "a skipped comparison must be seen")]
fn reference(program: &str) -> Option<Vec<u8>> {
    let child =
        Command::new("lua5.4").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: no lua5.4 to compare with");
        return None;
    };
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let program = program.as_bytes().to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&program));
    let output = child.wait_with_output().expect("lua5.4 runs");
    writer.join().expect("writer ends").expect("program is read");
    assert!(output.status.success(), "lua5.4 failed");
    Some(output.stdout)
}

/// A small generator; the tests need no better.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let x = self.0 ^ (self.0 >> 33);
        x.wrapping_mul(0xff51_afd7_ed55_8ccd) ^ (x >> 29)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// Doubles of every kind: any bits, near integers, short decimals, ties.
    fn double(&mut self) -> f64 {
        match self.below(6) {
            0 => f64::from_bits(self.next()),
            1 => self.below(1_000_000) as f64 / 8.0,
            2 => self.next() as i64 as f64,
            3 => self.below(100_000) as f64 / 1000.0,
            4 => f64::from_bits(self.next() >> 12),
            _ => self.pick(&[0.0, -0.0, 0.5, 1.5, 2.5, 1e15, 1e16, 1e100, f64::MAX, f64::INFINITY]),
        }
    }

    fn flags(&mut self) -> Flags {
        let bits = self.next() >> 20;
        Flags {
            minus: bits & 1 != 0,
            plus: bits & 2 != 0,
            space: bits & 4 != 0,
            alt: bits & 8 != 0,
            zero: bits & 16 != 0,
        }
    }
}

fn spec_text(flags: Flags, width: Option<usize>, precision: Option<usize>, conv: u8) -> String {
    let mut text = String::from("%");
    for (set, c) in [
        (flags.minus, '-'),
        (flags.plus, '+'),
        (flags.space, ' '),
        (flags.alt, '#'),
        (flags.zero, '0'),
    ] {
        if set {
            text.push(c);
        }
    }
    if let Some(width) = width {
        text.push_str(&width.to_string());
    }
    if let Some(precision) = precision {
        text.push_str(&format!(".{precision}"));
    }
    text.push(char::from(conv));
    text
}

fn assert_lines(program: &str, expected: &[(String, Vec<u8>)]) {
    let Some(output) = reference(program) else {
        return;
    };
    let lines: Vec<&[u8]> = output.split(|&b| b == b'\n').collect();
    assert_eq!(lines.len(), expected.len() + 1);
    for (line, (what, ours)) in lines.iter().zip(expected) {
        assert_eq!(String::from_utf8_lossy(ours), String::from_utf8_lossy(line), "{what}");
    }
}

#[test]
fn float_conversions_agree_with_the_reference() {
    let mut random = Random(1);
    let mut program = String::from(
        "local function f(s, b) io.write(s:format(string.unpack('<d', string.pack('<i8', b))), '\\n') end\n",
    );
    let mut expected = Vec::new();
    for _ in 0..6000 {
        let n = random.double();
        if n.is_nan() {
            continue;
        }
        let conv = random.pick(b"eEfFgGaA");
        let width = (random.below(2) == 0).then(|| 1 + random.below(60) as usize);
        let precision = match random.below(4) {
            0 => None,
            1 => Some(random.below(100) as usize),
            _ => Some(random.below(20) as usize),
        };
        // Lua itself does not offer `%F`.
        let conv = if conv == b'F' { b'f' } else { conv };
        let flags = random.flags();
        let text = spec_text(flags, width, precision, conv);
        program.push_str(&format!("f('{text}', 0x{:x})\n", n.to_bits()));
        let mut out = Vec::new();
        format_double(FloatSpec { conv, flags, width, precision }, n, &mut out);
        expected.push((format!("{text} of {n:e}"), out));
    }
    assert_lines(&program, &expected);
}

#[test]
fn integer_conversions_agree_with_the_reference() {
    let mut random = Random(2);
    let mut program = String::from("local function f(s, n) io.write(s:format(n), '\\n') end\n");
    let mut expected = Vec::new();
    for _ in 0..3000 {
        let n = match random.below(3) {
            0 => random.next() as i64,
            1 => random.below(1000) as i64 - 500,
            _ => random.pick(&[0, 1, -1, i64::MIN, i64::MAX]),
        };
        let conv = random.pick(b"dixXo");
        let mut flags = random.flags();
        // Lua refuses the flags that C gives no meaning here.
        if matches!(conv, b'd' | b'i') {
            flags.alt = false;
        } else {
            (flags.plus, flags.space) = (false, false);
        }
        let width = (random.below(2) == 0).then(|| 1 + random.below(40) as usize);
        let precision = (random.below(2) == 0).then(|| random.below(40) as usize);
        let text = spec_text(flags, width, precision, conv);
        program.push_str(&format!("f('{text}', 0x{n:x})\n"));
        let mut out = Vec::new();
        format_int_spec(flags, width, precision, conv, n, &mut out);
        expected.push((format!("{text} of {n}"), out));
    }
    assert_lines(&program, &expected);
}

#[test]
fn tostring_agrees_with_the_reference() {
    let mut random = Random(3);
    let mut program = String::from(
        "local function f(b) io.write(tostring(string.unpack('<d', string.pack('<i8', b))), '\\n') end\n",
    );
    let mut expected = Vec::new();
    for _ in 0..4000 {
        let n = random.double();
        program.push_str(&format!("f(0x{:x})\n", n.to_bits()));
        let mut out = Vec::new();
        format_float(n, &mut out);
        expected.push((format!("{n:e}"), out));
    }
    assert_lines(&program, &expected);
}

fn describe(n: Option<Number>) -> String {
    match n {
        None => "fail".into(),
        Some(Number::Integer(n)) => format!("i{n}"),
        Some(Number::Float(n)) => format!("f{:x}", n.to_bits()),
    }
}

/// Numerals at the edges of the grammar and of the ranges.
fn chosen_numerals() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> = [
        "",
        " ",
        "0x",
        "0x ",
        "1e",
        "1e+",
        ".",
        "-",
        "+.5",
        "5.",
        "0x.8",
        "0x8.",
        "0x.",
        "0x.p1",
        "0x1p",
        "0x1p+",
        "- 1",
        "--1",
        "1 2",
        "inf",
        "nan",
        "-inf",
        "infinity",
        "1\0",
        "1_000",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "0xffffffffffffffff",
        "0x1ffffffffffffffff",
        "-0xffffffffffffffff",
        "1e308",
        "1e309",
        "1e-400",
        "-0",
        "-0.0",
        "-0x0p0",
        "0x1.fffffffffffff8p0",
        "0x1.fffffffffffff80000000000001p0",
        "0x1.fffffffffffff7ffffffffffp0",
        "0x1.00000000000008p0",
        "0x1.000000000000080000000000000000000000001p0",
        "0x1p1023",
        "0x1p1024",
        "0x1.fffffffffffffp1023",
        "0x1.fffffffffffff8p1023",
        "0x1p-1074",
        "0x1p-1075",
        "0x1.8p-1075",
        "0x1.0000000000000000000001p-1075",
        "0x0.0000000000001p-1022",
        "0x1p-99999999999999999999999",
        "0x1p99999999999999999999999",
        "0x0p99999999999999999999999",
        "1e99999999999999999999999",
        "1e-99999999999999999999999",
        "0e99999999999999999999999",
        "0x1.8p-1074",
        "0x3p-1075",
        "0x1e1",
        "0x1e+1",
        "2.2250738585072011e-308",
        "1.7976931348623159e308",
        "0.1e1",
        "1E1",
        "0X1P1",
        "1f",
        "1d",
        "1l",
        "0b1",
        "0o7",
    ]
    .iter()
    .map(|s| s.as_bytes().to_vec())
    .collect();
    for zeros in [100, 400, 2000] {
        samples.push(format!("0x{}p-{}", "1".repeat(zeros), 4 * zeros).into_bytes());
        samples.push(format!("0x0.{}1p{}", "0".repeat(zeros), 4 * zeros).into_bytes());
        samples.push(format!("{}e-{}", "7".repeat(zeros), zeros).into_bytes());
        samples.push(format!("0.{}7e{}", "0".repeat(zeros), zeros).into_bytes());
    }
    samples
}

#[test]
fn parsing_agrees_with_the_reference() {
    let mut random = Random(4);
    let mut program = String::from(
        "local function f(s)\n local n = tonumber(s)\n\
         if n == nil then print('fail')\n\
         elseif math.type(n) == 'integer' then print(('i%d'):format(n))\n\
         else print(('f%x'):format((string.unpack('<i8', string.pack('<d', n))))) end end\n",
    );
    let alphabets: [&[u8]; 5] =
        [b"0123456789", b"0123456789.eE+-", b"01fFxXpP.-+ ", b" \t\n\x0b\x0c\r1", b"infaINFA0x"];
    let mut samples = chosen_numerals();
    for _ in 0..4000 {
        let alphabet = random.pick(&alphabets);
        let prefix: &[u8] = random.pick(&[&b""[..], b"0x", b"-", b"-0x", b" "]);
        let mut text = prefix.to_vec();
        for _ in 0..random.below(if alphabet.len() == 10 { 25 } else { 7 }) {
            text.push(random.pick(alphabet));
        }
        samples.push(text);
    }
    let mut expected = Vec::new();
    for sample in &samples {
        let escaped: String = sample.iter().map(|b| format!("\\{b:03}")).collect();
        program.push_str(&format!("f('{escaped}')\n"));
        expected.push((
            String::from_utf8_lossy(sample).into_owned(),
            describe(parse_number(sample)).into_bytes(),
        ));
    }
    assert_lines(&program, &expected);
}

#[test]
fn numbers_parse() {
    use Number::{Float, Integer};
    let samples: [(&str, Option<Number>); 14] = [
        ("10", Some(Integer(10))),
        ("  -7\t", Some(Integer(-7))),
        ("-9223372036854775808", Some(Integer(i64::MIN))),
        ("9223372036854775808", Some(Float(9223372036854775808.0))),
        ("0xffffffffffffffff", Some(Integer(-1))),
        ("0x10", Some(Integer(16))),
        ("0x.8", Some(Float(0.5))),
        ("0xA.8p1", Some(Float(21.0))),
        ("1e1", Some(Float(10.0))),
        ("1e999", Some(Float(f64::INFINITY))),
        ("0x1p-1074", Some(Float(5e-324))),
        ("inf", None),
        ("1\0", None),
        ("0x", None),
    ];
    for (text, expected) in samples {
        assert_eq!(parse_number(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn numbers_print() {
    let shown = |n: f64| {
        let mut out = Vec::new();
        format_float(n, &mut out);
        String::from_utf8(out).expect("ASCII")
    };
    assert_eq!(shown(1.0), "1.0");
    assert_eq!(shown(-0.0), "-0.0");
    assert_eq!(shown(0.1), "0.1");
    assert_eq!(shown(1e15), "1e+15");
    assert_eq!(shown(1e100), "1e+100");
    assert_eq!(shown(2.345678901234567), "2.3456789012346");
    assert_eq!(shown(f64::INFINITY), "inf");
    assert_eq!(shown(f64::NEG_INFINITY), "-inf");
    assert_eq!(shown(f64::NAN.copysign(1.0)), "nan");
    assert_eq!(shown(f64::NAN.copysign(-1.0)), "-nan");
    for n in [0, 1, -1, 10, i64::MAX, i64::MIN] {
        assert_eq!(&*format_integer(n), n.to_string().as_bytes());
    }
}

#[test]
fn long_numerals_are_read_in_linear_time() {
    let digits = "9".repeat(4_000_000);
    assert!(matches!(parse_number(digits.as_bytes()), Some(Number::Float(n)) if n.is_infinite()));
    let hex = format!("0x.{}", "f".repeat(4_000_000));
    assert_eq!(parse_number(hex.as_bytes()), Some(Number::Float(1.0)));
    let exponent = format!("1e-{digits}");
    assert_eq!(parse_number(exponent.as_bytes()), Some(Number::Float(0.0)));
}

#[test]
fn huge_precision_and_width_are_zeros_and_spaces() {
    let mut out = Vec::new();
    let spec =
        FloatSpec { conv: b'f', flags: Flags::default(), width: Some(5000), precision: Some(4000) };
    format_double(spec, 0.5, &mut out);
    assert_eq!(out.len(), 5000);
    assert!(out.ends_with(&[b'0'; 3999]));
    assert_eq!(&out[990..1010], b"        0.5000000000");
}

/// Returns the text of a float as Rust's own library writes it, which is exact, in C's form.
fn exponential_text(n: f64, after: usize) -> String {
    let text = format!("{n:.after$e}");
    let (mantissa, exponent) = text.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("a number");
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[test]
fn digits_are_exact() {
    let mut random = Random(5);
    for round in 0..20_000 {
        let n = match round % 4 {
            0 => random.double().abs(),
            // Every exponent, subnormals too, and ties.
            1 => f64::from_bits(random.next() >> 1),
            2 => f64::from_bits(random.next() >> 12 >> random.below(52)),
            _ => (random.next() >> random.below(64)) as f64 / 1024.0,
        };
        if !n.is_finite() {
            continue;
        }
        let precision = match random.below(3) {
            0 => random.below(18) as usize,
            1 => random.below(100) as usize,
            _ => 13,
        };
        let text = |conv| {
            let flags = Flags::default();
            let spec = FloatSpec { conv, flags, width: None, precision: Some(precision) };
            let mut out = Vec::new();
            format_double(spec, n, &mut out);
            String::from_utf8(out).expect("ASCII")
        };
        assert_eq!(text(b'f'), format!("{n:.precision$}"), "{n:e}");
        assert_eq!(text(b'e'), exponential_text(n, precision));
    }
}

/// Reads a numeral that is a float.
fn parsed(text: &str) -> f64 {
    match parse_number(text.as_bytes()) {
        Some(Number::Float(n)) => n,
        Some(Number::Integer(n)) => n as f64,
        None => panic!("{text} is a numeral"),
    }
}

/// Returns the digits of the point halfway between a double below 1 and the next one.
fn halfway(n: f64) -> String {
    // What the next one has more is 5 in the digit behind the exact ones, times two.
    let next = f64::from_bits(n.to_bits() + 1);
    let (low, high) = (format!("{n:.1080}"), format!("{next:.1080}"));
    let mut sum = Vec::new();
    let mut carry = 0;
    for (a, b) in low.bytes().zip(high.bytes()).rev().filter(|(a, _)| *a != b'.') {
        let digit = (a - b'0') + (b - b'0') + carry;
        sum.push(digit % 10);
        carry = digit / 10;
    }
    let mut text = String::from("0.");
    let mut rest = 0;
    for (at, digit) in sum.iter().rev().enumerate() {
        let value = rest * 10 + digit;
        rest = value % 2;
        if at > 0 {
            text.push(char::from(b'0' + value / 2));
        }
    }
    text.push(if rest == 1 { '5' } else { '0' });
    text
}

#[test]
fn numerals_at_the_halfway_points_round_to_even() {
    let mut random = Random(6);
    for _ in 0..300 {
        let exponent = random.below(1022) << 52;
        let n = f64::from_bits(exponent | random.next() >> 12);
        let next = f64::from_bits(n.to_bits() + 1);
        let text = halfway(n);
        let even = if n.to_bits() & 1 == 0 { n } else { next };
        assert_eq!(parsed(&text).to_bits(), even.to_bits(), "{text}");
        let zeros = "0".repeat(random.below(900) as usize);
        assert_eq!(parsed(&format!("{text}{zeros}1")), next, "a little more than {text}");
        // Cut, it is a little less; with an exponent, something else.
        for digits in [19, 20, 21, 25, 40, 100, 400] {
            let digits: String = text[2..].trim_start_matches('0').chars().take(digits).collect();
            let numeral = format!("{digits}e{}", random.below(700) as i64 - 350);
            let expected: f64 = numeral.parse().expect("a float");
            assert_eq!(parsed(&numeral).to_bits(), expected.to_bits(), "{numeral}");
        }
    }
}

#[test]
fn objects_have_eight_digits_or_more() {
    for (id, text) in [(0, "0x00000000"), (0x1a, "0x0000001a"), (0x12_3456_789a, "0x123456789a")] {
        let mut out = Vec::new();
        super::format_id(id, &mut out);
        assert_eq!(out, text.as_bytes());
    }
}
