//! Tests of layouts and of numbers as bytes.

use super::layout::{
    Item, Kind, Layout, LayoutError, fits, pack_float, pack_integer, unpack_float, unpack_integer,
};

/// Returns the size of a format of fixed length.
fn size(format: &str) -> Result<usize, LayoutError> {
    let mut layout = Layout::default();
    let mut total = 0;
    while layout.at < format.len() {
        let item = layout.next(format.as_bytes(), total)?;
        layout = Layout::restore(layout.save());
        total += item.padding + item.size;
    }
    Ok(total)
}

#[test]
fn sizes_are_those_of_lua() {
    let cases = [
        ("b", 1),
        ("h", 2),
        ("i", 4),
        ("l", 8),
        ("j", 8),
        ("T", 8),
        ("f", 4),
        ("d", 8),
        ("n", 8),
        ("i16", 16),
        ("I3", 3),
        ("c10", 10),
        ("x", 1),
        ("bh", 3),
        ("!bh", 4),
        ("!bi8", 16),
        ("!4bi8", 12),
        ("!2 b i4", 6),
        ("!bXi8", 8),
        ("<!4 b >i", 8),
        ("!8 xXh", 2),
        ("", 0),
        ("!16bi16", 32),
    ];
    for (format, expected) in cases {
        assert_eq!(size(format), Ok(expected), "{format}");
    }
}

#[test]
fn wrong_formats_have_their_messages() {
    let cases = [
        ("i17", "integral size (17) out of limits [1,16]"),
        ("i0", "integral size (0) out of limits [1,16]"),
        ("!17", "integral size (17) out of limits [1,16]"),
        ("c", "missing size for format option 'c'"),
        ("y", "invalid format option 'y'"),
        ("c2147483648", "invalid format option '8'"),
        ("X", "invalid next option for option 'X'"),
        ("Xc1", "invalid next option for option 'X'"),
        ("XX", "invalid next option for option 'X'"),
        ("X ", "invalid next option for option 'X'"),
        ("!i3", "format asks for alignment not power of 2"),
    ];
    for (format, expected) in cases {
        assert_eq!(size(format).map_err(|e| e.to_string()), Err(expected.to_owned()), "{format}");
    }
}

#[test]
fn options_report_what_they_are() {
    let mut layout = Layout::default();
    let item = layout.next(b"s2", 0);
    assert_eq!(item, Ok(Item { option: Kind::String, size: 2, padding: 0 }));
    assert!(item.is_ok_and(Item::takes_argument));
}

#[test]
fn integers_come_back() {
    for n in [0, 1, -1, 127, -128, 0x1234, -0x1234, i64::MAX, i64::MIN] {
        for size in 1..=16 {
            for little in [true, false] {
                if fits(n, size, true) {
                    let bytes = pack_integer(n, size, little, n < 0);
                    assert_eq!(unpack_integer(&bytes[..size], little, true), Some(n), "{n} {size}");
                }
            }
        }
    }
    assert_eq!(unpack_integer(&[1; 16], true, true), None);
    assert_eq!(unpack_integer(&[0xff; 9], true, false), None);
    assert_eq!(unpack_integer(&[0xff; 4], true, false), Some(0xffff_ffff));
    assert!(!fits(128, 1, true) && !fits(256, 1, false) && !fits(-1, 4, false));
}

#[test]
fn floats_come_back() {
    for n in [0.0, -1.5, 1e300, f64::INFINITY] {
        for little in [true, false] {
            assert_eq!(unpack_float(&pack_float(n, 8, little), little), n);
        }
    }
    assert_eq!(unpack_float(&pack_float(1e300, 4, true)[..4], true), f64::INFINITY);
    assert_eq!(pack_float(f64::NAN, 4, true)[..4], [0, 0, 0xc0, 0x7f]);
    // A NaN keeps its sign and its first bits, and becomes quiet, on every machine.
    for (bits, wide) in
        [(0x7fc0_0000_u32, 0x7ff8_0000_0000_0000_u64), (0xff81_2345, 0xfff8_2468_a000_0000)]
    {
        let n = unpack_float(&bits.to_le_bytes(), true);
        assert_eq!(n.to_bits(), wide);
        assert_eq!(pack_float(n, 4, true)[..4], (bits | 0x0040_0000).to_le_bytes());
    }
    let n = f64::from_bits(0x7ff8_0000_0000_0001);
    assert_eq!(unpack_float(&pack_float(n, 8, false), false).to_bits(), n.to_bits());
}
