//! Expressions (manual §3.4).

use super::{Frame, Item, Parser, Shape, Step};
use crate::syntax::ast::{BinOp, Kind, Node, UnOp};
use crate::syntax::lexer::SELF;
use crate::syntax::token::Tok;

/// How tight unary operators bind.
const UNARY_PRIORITY: u8 = 12;

/// Returns the unary operator that a token is.
fn unary_operator(tok: Tok) -> Option<UnOp> {
    Some(match tok {
        Tok::Not => UnOp::Not,
        Tok::Byte(b'-') => UnOp::Minus,
        Tok::Byte(b'~') => UnOp::BNot,
        Tok::Byte(b'#') => UnOp::Len,
        _ => return None,
    })
}

/// Tells whether a token is an operator with something on both sides.
pub(crate) fn is_binary(tok: Tok) -> bool {
    binary_operator(tok).is_some()
}

/// Returns the binary operator that a token is, and how tight it binds on its
/// left and on its right (manual §3.4.8).
fn binary_operator(tok: Tok) -> Option<(BinOp, u8, u8)> {
    Some(match tok {
        Tok::Or => (BinOp::Or, 1, 1),
        Tok::And => (BinOp::And, 2, 2),
        Tok::Byte(b'<') => (BinOp::Lt, 3, 3),
        Tok::Byte(b'>') => (BinOp::Gt, 3, 3),
        Tok::Le => (BinOp::Le, 3, 3),
        Tok::Ge => (BinOp::Ge, 3, 3),
        Tok::Ne => (BinOp::Ne, 3, 3),
        Tok::Eq => (BinOp::Eq, 3, 3),
        Tok::Byte(b'|') => (BinOp::BOr, 4, 4),
        Tok::Byte(b'~') => (BinOp::BXor, 5, 5),
        Tok::Byte(b'&') => (BinOp::BAnd, 6, 6),
        Tok::Shl => (BinOp::Shl, 7, 7),
        Tok::Shr => (BinOp::Shr, 7, 7),
        Tok::Concat => (BinOp::Concat, 9, 8),
        Tok::Byte(b'+') => (BinOp::Add, 10, 10),
        Tok::Byte(b'-') => (BinOp::Sub, 10, 10),
        Tok::Byte(b'*') => (BinOp::Mul, 11, 11),
        Tok::Byte(b'/') => (BinOp::Div, 11, 11),
        Tok::IDiv => (BinOp::IDiv, 11, 11),
        Tok::Byte(b'%') => (BinOp::Mod, 11, 11),
        Tok::Byte(b'^') => (BinOp::Pow, 14, 13),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn sub_expression(&mut self, limit: u8) -> Step {
        self.enter_level()?;
        if let Some(op) = unary_operator(self.tok()) {
            let line = self.lexer.line();
            self.next()?;
            let after = Frame::UnaryEnd { op, line, limit };
            return self.nest(after, Frame::Sub { limit: UNARY_PRIORITY });
        }
        self.s.frames.push(Frame::Operators { limit });
        self.simple_expression()
    }

    pub(super) fn operators(&mut self, limit: u8) -> Step {
        match binary_operator(self.tok()) {
            Some((op, left, right)) if left > limit => {
                let line = self.lexer.line();
                self.next()?;
                self.emit(Kind::Infix(op))?;
                self.nest(Frame::BinaryEnd { op, line, limit }, Frame::Sub { limit: right })
            }
            _ => {
                self.leave_levels(1);
                Ok(())
            }
        }
    }

    fn simple_expression(&mut self) -> Step {
        let kind = match self.tok() {
            Tok::Float(n) => Kind::Float(n),
            Tok::Integer(n) => Kind::Integer(n),
            Tok::Str(id) => Kind::Str(id),
            Tok::Nil => Kind::Nil,
            Tok::True => Kind::True,
            Tok::False => Kind::False,
            Tok::Dots => {
                if !self.s.vararg {
                    let message = b"cannot use '...' outside a vararg function";
                    return Err(self.lexer.error(message));
                }
                // The one literal that makes code at once, before its token
                // is consumed.
                let before = self.lexer.last_line();
                self.emit_at_line(Kind::Vararg { before }, self.lexer.line())?;
                return self.next();
            }
            Tok::Byte(b'{') => return self.table(),
            Tok::Function => {
                self.next()?;
                return self.function_body(false, self.lexer.line());
            }
            _ => return self.suffixed_expression(),
        };
        self.next()?;
        self.emit(kind)
    }

    /// A primary expression and its suffixes. Sets `shape` when it is over.
    pub(super) fn suffixed_expression(&mut self) -> Step {
        match self.tok() {
            Tok::Name(name) => {
                self.next()?;
                self.emit(Kind::Name(name))?;
                self.s.shape = Shape::Variable;
                self.suffixes()
            }
            Tok::Byte(b'(') => {
                let line = self.lexer.line();
                self.next()?;
                self.s.frames.push(Frame::Suffixes);
                self.nest(Frame::ParenEnd { line }, Frame::Sub { limit: 0 })
            }
            _ => Err(self.lexer.error(b"unexpected symbol")),
        }
    }

    pub(super) fn paren_end(&mut self, line: u32) -> Step {
        self.expect_match(Tok::Byte(b')'), Tok::Byte(b'('), line)?;
        self.s.shape = Shape::Other;
        self.emit(Kind::Paren)
    }

    /// One suffix; more may follow.
    pub(super) fn suffixes(&mut self) -> Step {
        match self.tok() {
            Tok::Byte(b'.') => {
                self.field()?;
                self.s.shape = Shape::Variable;
            }
            Tok::Byte(b'[') => {
                self.emit(Kind::IndexOpen)?;
                self.next()?;
                self.s.frames.push(Frame::Suffixes);
                return self.nest(Frame::IndexEnd, Frame::Sub { limit: 0 });
            }
            Tok::Byte(b':') => {
                self.next()?;
                let name = self.expect_name()?;
                self.emit(Kind::Method(name))?;
                if !self.call()? {
                    return Ok(());
                }
            }
            Tok::Byte(b'(' | b'{') | Tok::Str(_) => {
                if !self.call()? {
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        self.s.frames.push(Frame::Suffixes);
        Ok(())
    }

    /// `.name` or, in the name of a function statement, `:name`. The table is
    /// fixed before the name is read, so the node is placed there; its line is
    /// that of the name, from which the field is read.
    pub(super) fn field(&mut self) -> Step {
        let at = self.lexer.token().start;
        self.next()?;
        let name = self.expect_name()?;
        self.emit_node(Node { kind: Kind::Field(name), line: self.lexer.last_line(), at })
    }

    pub(super) fn index_end(&mut self) -> Step {
        let at = self.lexer.token().start;
        self.expect(Tok::Byte(b']'))?;
        self.emit_node(Node { kind: Kind::Index, line: self.lexer.last_line(), at })?;
        self.s.shape = Shape::Variable;
        Ok(())
    }

    /// Starts call arguments. Returns whether the call is over already; if not,
    /// frames were pushed for the rest of it and of the suffixes.
    fn call(&mut self) -> Result<bool, crate::syntax::error::SyntaxError> {
        let line = self.lexer.line();
        match self.tok() {
            Tok::Str(id) => {
                self.emit_at_line(Kind::CallOpen, line)?;
                self.next()?;
                self.emit(Kind::Str(id))?;
                self.emit(Kind::Call { args: 1 })?;
            }
            Tok::Byte(b'{') => {
                self.emit_at_line(Kind::CallOpen, line)?;
                self.s.frames.push(Frame::Suffixes);
                self.s.frames.push(Frame::CallTableEnd);
                self.table()?;
                return Ok(false);
            }
            Tok::Byte(b'(') => {
                self.emit_at_line(Kind::CallOpen, line)?;
                self.next()?;
                if self.tok() != Tok::Byte(b')') {
                    self.s.frames.push(Frame::Suffixes);
                    self.s.frames.push(Frame::CallEnd { line });
                    self.expression_list()?;
                    return Ok(false);
                }
                self.next()?;
                self.emit(Kind::Call { args: 0 })?;
            }
            _ => return Err(self.lexer.error(b"function arguments expected")),
        }
        self.s.shape = Shape::Call;
        Ok(true)
    }

    pub(super) fn call_end(&mut self, line: u32) -> Step {
        let args = self.s.count;
        self.expect_match(Tok::Byte(b')'), Tok::Byte(b'('), line)?;
        self.s.shape = Shape::Call;
        self.emit(Kind::Call { args })
    }

    /// One or more expressions. Sets `count` when it is over.
    pub(super) fn expression_list(&mut self) -> Step {
        self.nest(Frame::List { count: 1 }, Frame::Sub { limit: 0 })
    }

    pub(super) fn list_more(&mut self, count: u32) -> Step {
        if self.accept(Tok::Byte(b','))? {
            self.emit(Kind::Comma)?;
            return self.nest(Frame::List { count: count + 1 }, Frame::Sub { limit: 0 });
        }
        self.s.count = count;
        Ok(())
    }

    // ---- table constructors (§3.4.9) ----

    fn table(&mut self) -> Step {
        let line = self.lexer.line();
        self.emit(Kind::TableOpen)?;
        self.expect(Tok::Byte(b'{'))?;
        self.table_item(line, false)
    }

    /// An item or the end of the constructor. A positional item before is
    /// `pending`: PUC makes its code only now.
    fn table_item(&mut self, line: u32, pending: bool) -> Step {
        if self.tok() == Tok::Byte(b'}') {
            return self.table_end(line, pending);
        }
        if pending {
            self.emit(Kind::ItemPositional)?;
        }
        let item = match self.tok() {
            Tok::Name(name) if self.lexer.look_ahead()? == Tok::Byte(b'=') => {
                self.next()?;
                self.next()?;
                self.emit(Kind::ItemNamed(name))?;
                Item::Named
            }
            Tok::Byte(b'[') => {
                self.next()?;
                self.emit(Kind::ItemKeyOpen)?;
                return self.nest(Frame::TableKey { line }, Frame::Sub { limit: 0 });
            }
            _ => Item::Positional,
        };
        self.nest(Frame::TableItemEnd { line, item }, Frame::Sub { limit: 0 })
    }

    pub(super) fn table_key(&mut self, line: u32) -> Step {
        let (key_line, at) = (self.lexer.last_line(), self.lexer.token().start);
        self.expect(Tok::Byte(b']'))?;
        self.expect(Tok::Byte(b'='))?;
        self.emit_node(Node { kind: Kind::ItemKey, line: key_line, at })?;
        self.nest(Frame::TableItemEnd { line, item: Item::Keyed }, Frame::Sub { limit: 0 })
    }

    pub(super) fn table_item_end(&mut self, line: u32, item: Item) -> Step {
        match item {
            Item::Positional => {}
            Item::Named => self.emit(Kind::ItemNamedEnd)?,
            Item::Keyed => self.emit(Kind::ItemKeyEnd)?,
        }
        let pending = item == Item::Positional;
        if self.accept(Tok::Byte(b','))? || self.accept(Tok::Byte(b';'))? {
            self.table_item(line, pending)
        } else {
            self.table_end(line, pending)
        }
    }

    fn table_end(&mut self, line: u32, pending: bool) -> Step {
        self.expect_match(Tok::Byte(b'}'), Tok::Byte(b'{'), line)?;
        if pending {
            self.emit(Kind::ItemPositional)?;
        }
        self.emit(Kind::TableClose)
    }

    // ---- function bodies (§3.4.11) ----

    /// Parameters and block of a function that started on `line`.
    pub(super) fn function_body(&mut self, method: bool, line: u32) -> Step {
        let open = self.s.nodes.len() as u32;
        // How many parameters there are is not known yet; should an error come before
        // it is, none of those that do come is taken for the last one.
        self.emit_at_line(Kind::FunctionOpen { params: u32::MAX, vararg: false }, line)?;
        self.expect(Tok::Byte(b'('))?;
        let mut params = 0u32;
        if method {
            let name = self.lexer.intern(SELF)?;
            self.emit(Kind::Param(name))?;
            params += 1;
        }
        if self.tok() == Tok::Byte(b')') {
            return self.params_end(line, open, params, false);
        }
        self.s.frames.push(Frame::Param { line, open, params });
        Ok(())
    }

    /// Reads a parameter, after `params` others.
    pub(super) fn param(&mut self, line: u32, open: u32, params: u32) -> Step {
        match self.tok() {
            Tok::Name(name) => {
                self.next()?;
                self.emit(Kind::Param(name))?;
            }
            Tok::Dots => {
                self.next()?;
                return self.params_end(line, open, params, true);
            }
            _ => return Err(self.lexer.error(b"<name> or '...' expected")),
        }
        let params = params + 1;
        if self.accept(Tok::Byte(b','))? {
            self.s.frames.push(Frame::Param { line, open, params });
            return Ok(());
        }
        self.params_end(line, open, params, false)
    }

    fn params_end(&mut self, line: u32, open: u32, params: u32, vararg: bool) -> Step {
        self.patch(open, Kind::FunctionOpen { params, vararg });
        self.expect(Tok::Byte(b')'))?;
        let outer_vararg = std::mem::replace(&mut self.s.vararg, vararg);
        self.nest(Frame::FunctionEnd { line, outer_vararg }, Frame::Block)
    }

    pub(super) fn function_end(&mut self, line: u32, outer_vararg: bool) -> Step {
        self.expect_match(Tok::End, Tok::Function, line)?;
        self.s.vararg = outer_vararg;
        self.emit(Kind::FunctionClose)
    }
}
