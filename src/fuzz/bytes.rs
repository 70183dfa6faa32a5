//! Changing inputs of bytes a little.

use super::random::Random;
use super::words::Words;

/// Makes new bytes.
pub(super) fn make(random: &mut Random, words: &Words, max: usize) -> Vec<u8> {
    let length = random.below(16.min(max) + 1);
    let mut bytes: Vec<u8> = (0..length).map(|_| byte(random)).collect();
    if random.once_in(4)
        && let Some(word) = words.any_text(random)
    {
        bytes.extend_from_slice(word.as_bytes());
    }
    bytes.truncate(max);
    bytes
}

fn byte(random: &mut Random) -> u8 {
    if random.once_in(2) { 32 + random.below(95) as u8 } else { random.below(256) as u8 }
}

/// Changes bytes in one place.
pub(super) fn change(bytes: &mut Vec<u8>, random: &mut Random, words: &Words, max: usize) {
    let length = bytes.len();
    let at = random.below(length);
    match random.below(10) {
        0 if length > 0 => {
            let end = (at + 1 + random.below(8)).min(length);
            bytes.drain(at..end);
        }
        1 if length > 0 => bytes[at] ^= 1 << random.below(8),
        2 if length > 0 => bytes[at] = byte(random),
        3 if length > 0 => bytes[at] = bytes[at].wrapping_add(1 + random.below(8) as u8),
        4 if length > 0 => bytes[at] = bytes[at].wrapping_sub(1 + random.below(8) as u8),
        5 if length > 0 => {
            let end = (at + 1 + random.below(32)).min(length);
            let part = bytes[at..end].to_vec();
            let to = random.below(length + 1);
            bytes.splice(to..to, part);
        }
        6 | 7 => {
            if let Some(word) = words.any_text(random) {
                let to = random.below(length + 1);
                let end = if random.once_in(2) { to } else { (to + word.len()).min(length) };
                bytes.splice(to..end, word.bytes());
            }
        }
        8 => {
            let number = words.any_integer(random);
            let width = *random.pick(&[1_usize, 2, 4, 8]).unwrap_or(&1);
            let (little, big) = (number.to_le_bytes(), number.to_be_bytes());
            let part = match random.below(3) {
                0 => little[..width].to_vec(),
                1 => big[8 - width..].to_vec(),
                _ => number.to_string().into_bytes(),
            };
            let to = random.below(length + 1);
            let end = if random.once_in(2) { to } else { (to + part.len()).min(length) };
            bytes.splice(to..end, part);
        }
        _ => {
            let to = random.below(length + 1);
            bytes.insert(to, byte(random));
        }
    }
    bytes.truncate(max);
}
