//! The name that somebody may have meant.

/// The longest name that is compared.
const LONGEST: usize = 64;

/// Returns the name that is nearest to what was written, if any is near: one or two letters
/// off, a third of them at most.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    nearest_within(written, names, (written.chars().count() / 3).clamp(1, 2))
}

/// Returns what is added to a message about a name that nobody has: which was meant, if any is
/// near.
pub(crate) fn meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!(": did you mean '{near}'?"))
}

/// Returns the name that is nearest to what was written, if it is `most` letters off at most.
pub(crate) fn nearest_within<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Option<&'a str> {
    if written.chars().count() > LONGEST {
        return None;
    }
    let near = names.into_iter().map(|name| (distance(written, name), name));
    near.filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Tells whether the words of a name fit those that were written.
type Fits = fn(&[String], &[String]) -> bool;

/// The ways to fit, the best first.
const WAYS: [Fits; 3] = [
    |name, written| name.starts_with(written),
    |name, written| name.windows(written.len()).any(|part| part == written),
    |name, written| name.first() == written.first(),
];

/// Returns the function of a table that was meant, if it can be told: one whose name is near, or
/// the only one with the words that were written: `read` for `read_file`, `listFiles` for
/// `list_dir`.
pub(crate) fn nearest_function<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let names: Vec<&str> = names.into_iter().collect();
    let near = nearest(written, names.iter().copied());
    let written = words(written);
    if near.is_some() || written.is_empty() {
        return near;
    }
    let names: Vec<_> = names.into_iter().map(|name| (words(name), name)).collect();
    let fitting = |fits: &Fits| {
        let fitting = names.iter().filter(|(name, _)| fits(name, &written));
        fitting.map(|(_, name)| *name).collect::<Vec<_>>()
    };
    match WAYS.iter().map(fitting).find(|fitting| !fitting.is_empty())?.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Returns the words of a name, `read_file` or `readFile`, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars().take(LONGEST) {
        if letter == '_' || letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter != '_') {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns how many letters must be put in, taken out, changed or swapped with the next.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(LONGEST + 2).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = row[j] + usize::from(x != *y);
            let mut least = changed.min(row[j + 1] + 1).min(next[j] + 1);
            let swapped = j > 0 && last == Some(*y) && b[j - 1] == x;
            if swapped && let Some(two_back) = before.get(j - 1) {
                least = least.min(two_back + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(x);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
