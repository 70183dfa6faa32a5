//! What is around a token: brackets that are open, beginnings of lines and statements.

use super::tokens::Tokens;
use crate::syntax::token::Tok;

/// Returns the bracket that is open in front of a token, if one is.
pub(super) fn bracket(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for index in (0..at).rev() {
        match tokens.tok(index) {
            Tok::Byte(b')' | b']' | b'}') => depth += 1,
            Tok::Byte(b'(' | b'[' | b'{') if depth == 0 => return Some(index),
            Tok::Byte(b'(' | b'[' | b'{') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the same, unless a function's body is between the two.
pub(super) fn own_bracket(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let open = bracket(tokens, at)?;
    let mut ends = 0usize;
    for index in (open..at).rev() {
        match tokens.tok(index) {
            Tok::End | Tok::Until => ends += 1,
            Tok::Function if ends == 0 => return None,
            Tok::Function | Tok::If | Tok::Do | Tok::Repeat => ends = ends.saturating_sub(1),
            _ => {}
        }
    }
    Some(open)
}

/// Returns what closes the bracket that a token is, if anything does.
pub(super) fn closing(tokens: &Tokens<'_>, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    (open..tokens.len()).find(|index| {
        match tokens.tok(*index) {
            Tok::Byte(b'(' | b'[' | b'{') => depth += 1,
            Tok::Byte(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// Tells whether a bracket was meant to be closed before the line of a token: statements stand
/// in it, or nothing closes it.
pub(super) fn runs_on(tokens: &Tokens<'_>, open: usize, at: usize) -> bool {
    let statement = |at: usize| {
        matches!(tokens.tok(at), Tok::End | Tok::Local | Tok::Return | Tok::Then | Tok::Do)
    };
    tokens.get(at).line > tokens.get(open).line
        && closing(tokens, open).is_none_or(|close| (open..close).any(statement))
}

/// Tells whether a word ends what is behind the last sign: none of them begins a value.
pub(super) fn ends_list(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Eof
            | Tok::End
            | Tok::Else
            | Tok::ElseIf
            | Tok::Until
            | Tok::Local
            | Tok::Return
            | Tok::If
            | Tok::For
            | Tok::While
    )
}

/// Returns the first token on the line of a token.
pub(super) fn line_start(tokens: &Tokens<'_>, at: usize) -> usize {
    let line = tokens.get(at).line;
    let mut first = at;
    while first > 0 && tokens.get(first - 1).line == line {
        first -= 1;
    }
    first
}

/// Tells whether a statement may begin with a token: it is the first of its line and no
/// expression goes on there, or something that begins or ends a statement is before it.
pub(super) fn begins_statement(tokens: &Tokens<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    match tokens.tok(before) {
        Tok::Byte(b';') | Tok::Then | Tok::Do | Tok::Else | Tok::Repeat | Tok::End => true,
        Tok::DoubleColon | Tok::Break => true,
        tok => {
            tokens.get(before).line < tokens.get(at).line && ends_expression(tok)
                || is_parameter_list_end(tokens, before)
        }
    }
}

/// Tells the same, or whether a name stands behind a value on its line: what is there is another
/// statement, or the word of another language.
pub(super) fn may_begin_statement(tokens: &Tokens<'_>, at: usize) -> bool {
    let behind = at.checked_sub(1).is_some_and(|before| {
        let tok = tokens.tok(before);
        ends_expression(tok) && !matches!(tok, Tok::Name(_))
    });
    begins_statement(tokens, at) || behind && matches!(tokens.tok(at), Tok::Name(_))
}

/// Tells whether a token is an expression by itself.
fn is_expression(tok: Tok) -> bool {
    matches!(tok, Tok::Name(_) | Tok::Dots) || is_literal(tok)
}

/// Tells whether a token is a value that is written out.
pub(super) fn is_literal(tok: Tok) -> bool {
    matches!(tok, Tok::Str(_) | Tok::Integer(_) | Tok::Float(_) | Tok::Nil | Tok::True | Tok::False)
}

/// Tells whether an expression may begin with a token.
pub(super) fn begins_expression(tok: Tok) -> bool {
    is_expression(tok) || matches!(tok, Tok::Function | Tok::Byte(b'{'))
}

/// Tells whether an expression, or a statement, may end with a token.
pub(super) fn ends_expression(tok: Tok) -> bool {
    is_expression(tok) || matches!(tok, Tok::Byte(b')' | b']' | b'}'))
}

/// Tells whether a token is the end of a function's parameters.
pub(super) fn is_parameter_list_end(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens.tok(at) == Tok::Byte(b')')
        && bracket(tokens, at).is_some_and(|open| is_parameter_list(tokens, open))
}

/// Tells whether a parenthesis begins a function's parameters.
pub(super) fn is_parameter_list(tokens: &Tokens<'_>, open: usize) -> bool {
    let mut at = open;
    while let Some(before) = at.checked_sub(1) {
        match tokens.tok(before) {
            Tok::Function => return true,
            Tok::Name(_) | Tok::Byte(b'.' | b':') => at = before,
            _ => return false,
        }
    }
    false
}
