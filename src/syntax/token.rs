//! The tokens of Lua (manual §3.1).

use super::ast::StrId;

/// A token's kind, with the value of a name or literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tok {
    /// A byte that stands for itself: an operator, a delimiter, or one that
    /// Lua has no use for.
    Byte(u8),
    /// `and`
    And,
    /// `break`
    Break,
    /// `do`
    Do,
    /// `else`
    Else,
    /// `elseif`
    ElseIf,
    /// `end`
    End,
    /// `false`
    False,
    /// `for`
    For,
    /// `function`
    Function,
    /// `goto`
    Goto,
    /// `if`
    If,
    /// `in`
    In,
    /// `local`
    Local,
    /// `nil`
    Nil,
    /// `not`
    Not,
    /// `or`
    Or,
    /// `repeat`
    Repeat,
    /// `return`
    Return,
    /// `then`
    Then,
    /// `true`
    True,
    /// `until`
    Until,
    /// `while`
    While,
    /// `//`
    IDiv,
    /// `..`
    Concat,
    /// `...`
    Dots,
    /// `==`
    Eq,
    /// `>=`
    Ge,
    /// `<=`
    Le,
    /// `~=`
    Ne,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `::`
    DoubleColon,
    /// The end of the source.
    Eof,
    /// A float literal.
    Float(f64),
    /// An integer literal.
    Integer(i64),
    /// A name.
    Name(StrId),
    /// A string literal.
    Str(StrId),
}

impl Tok {
    /// Returns the keyword that `word` is, if it is one.
    pub fn keyword(word: &[u8]) -> Option<Tok> {
        // No keyword is longer, and most names are told apart by length alone.
        Some(match word.len() {
            2 => match word {
                b"do" => Tok::Do,
                b"if" => Tok::If,
                b"in" => Tok::In,
                b"or" => Tok::Or,
                _ => return None,
            },
            3 => match word {
                b"and" => Tok::And,
                b"end" => Tok::End,
                b"for" => Tok::For,
                b"nil" => Tok::Nil,
                b"not" => Tok::Not,
                _ => return None,
            },
            4 => match word {
                b"else" => Tok::Else,
                b"goto" => Tok::Goto,
                b"then" => Tok::Then,
                b"true" => Tok::True,
                _ => return None,
            },
            5 => match word {
                b"break" => Tok::Break,
                b"false" => Tok::False,
                b"local" => Tok::Local,
                b"until" => Tok::Until,
                b"while" => Tok::While,
                _ => return None,
            },
            6 => match word {
                b"elseif" => Tok::ElseIf,
                b"repeat" => Tok::Repeat,
                b"return" => Tok::Return,
                _ => return None,
            },
            8 if word == b"function" => Tok::Function,
            _ => return None,
        })
    }

    /// Returns the fixed spelling of a keyword or operator, or PUC's `<…>`
    /// placeholder of a token that has none.
    fn spelling(self) -> &'static str {
        match self {
            Tok::Byte(_) => "",
            Tok::And => "and",
            Tok::Break => "break",
            Tok::Do => "do",
            Tok::Else => "else",
            Tok::ElseIf => "elseif",
            Tok::End => "end",
            Tok::False => "false",
            Tok::For => "for",
            Tok::Function => "function",
            Tok::Goto => "goto",
            Tok::If => "if",
            Tok::In => "in",
            Tok::Local => "local",
            Tok::Nil => "nil",
            Tok::Not => "not",
            Tok::Or => "or",
            Tok::Repeat => "repeat",
            Tok::Return => "return",
            Tok::Then => "then",
            Tok::True => "true",
            Tok::Until => "until",
            Tok::While => "while",
            Tok::IDiv => "//",
            Tok::Concat => "..",
            Tok::Dots => "...",
            Tok::Eq => "==",
            Tok::Ge => ">=",
            Tok::Le => "<=",
            Tok::Ne => "~=",
            Tok::Shl => "<<",
            Tok::Shr => ">>",
            Tok::DoubleColon => "::",
            Tok::Eof => "<eof>",
            Tok::Float(_) => "<number>",
            Tok::Integer(_) => "<integer>",
            Tok::Name(_) => "<name>",
            Tok::Str(_) => "<string>",
        }
    }

    /// Returns the token as messages show it: quoted, unless it is a placeholder.
    pub fn display(self) -> Vec<u8> {
        match self {
            Tok::Byte(b @ 0x20..=0x7e) => vec![b'\'', b, b'\''],
            Tok::Byte(b) => format!("'<\\{b}>'").into_bytes(),
            Tok::Eof | Tok::Float(_) | Tok::Integer(_) | Tok::Name(_) | Tok::Str(_) => {
                self.spelling().as_bytes().to_vec()
            }
            _ => format!("'{}'", self.spelling()).into_bytes(),
        }
    }
}

/// A token and where it starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub tok: Tok,
    /// Offset of its first byte in the source.
    pub start: u32,
    /// The line on which it ends.
    pub line: u32,
}
