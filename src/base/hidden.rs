//! Characters that are not seen where a text is shown, or that change how the rest is.

#[cfg(test)]
mod tests;

/// Tells whether a character is to be written as an escape where a person reads: control
/// characters (terminals obey them), what turns the direction of a text, what has no width, and
/// the tags in which a text can hide within another one. (The variations of what stands in front
/// of them, FE00 to FE0F, stay: emoji are written with them.)
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}
