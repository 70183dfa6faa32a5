//! The name that somebody may have meant.

/// The longest name that is compared.
const LONGEST: usize = 64;

/// Returns the name that is nearest to what was written, if any is near: one or two letters
/// off, a third of them at most.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = written.chars().count();
    if length > LONGEST {
        return None;
    }
    let most = (length / 3).clamp(1, 2);
    let near = names.into_iter().map(|name| (distance(written, name), name));
    near.filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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
