//! Statements (manual §3.3).

use super::{Frame, Parser, Shape, Step};
use crate::syntax::ast::{Attrib, Kind};
use crate::syntax::error::{SyntaxError, near};
use crate::syntax::token::Tok;

impl Parser<'_> {
    pub(super) fn statement_step(&mut self, frame: Frame) -> Step {
        match frame {
            Frame::Block => self.block(),
            Frame::LeaveStatement => {
                self.leave_levels(1);
                Ok(())
            }
            Frame::DoEnd { line } => {
                self.emit(Kind::DoClose)?;
                self.expect_match(Tok::End, Tok::Do, line)
            }
            Frame::Then { line } => self.then(line),
            Frame::AfterThen { line } => self.after_then(line),
            Frame::IfEnd { line } => {
                self.emit(Kind::IfEnd)?;
                self.expect_match(Tok::End, Tok::If, line)
            }
            Frame::WhileDo { line } => {
                self.emit(Kind::WhileDo)?;
                self.expect(Tok::Do)?;
                self.nest(Frame::WhileEnd { line }, Frame::Block)
            }
            Frame::WhileEnd { line } => {
                self.emit(Kind::WhileEnd)?;
                self.expect_match(Tok::End, Tok::While, line)?;
                self.emit(Kind::LoopClose)
            }
            Frame::Until { line } => {
                self.expect_match(Tok::Until, Tok::Repeat, line)?;
                self.emit(Kind::Until)?;
                self.nest(Frame::RepeatEnd, Frame::Sub { limit: 0 })
            }
            Frame::RepeatEnd => self.emit(Kind::RepeatEnd),
            Frame::LocalName { open, names } => self.local_name(open, names),
            Frame::LocalEnd { names } => {
                let exprs = self.s.count;
                self.emit(Kind::LocalEnd { names, exprs })
            }
            Frame::LocalFunctionEnd => self.emit(Kind::LocalFunctionEnd),
            Frame::FunctionName { line } => self.function_name(line),
            Frame::FunctionStatEnd { line } => self.emit_at_line(Kind::FunctionStatEnd, line),
            Frame::ReturnEnd => self.return_end(self.s.count),
            Frame::ExprStat => self.expression_statement_end(),
            Frame::NextTarget { targets } => {
                self.enter_level()?;
                self.assignment(targets)
            }
            Frame::AssignEnd { targets } => {
                let exprs = self.s.count;
                self.emit(Kind::AssignEnd { targets, exprs })?;
                self.leave_levels(targets - 1);
                Ok(())
            }
            Frame::LabelFollow => self.label_follow(),
            Frame::LabelEnd { name, line } => {
                let last = self.block_follows(false);
                self.emit_at_line(Kind::Label(name, last), line)
            }
            _ => self.for_step(frame),
        }
    }

    fn for_step(&mut self, frame: Frame) -> Step {
        match frame {
            Frame::ForStart { line } => {
                self.emit(Kind::Comma)?;
                self.expect(Tok::Byte(b','))?;
                self.nest(Frame::ForLimit { line }, Frame::Sub { limit: 0 })
            }
            Frame::ForLimit { line } => {
                if self.tok() != Tok::Byte(b',') {
                    return self.numeric_for_body(line, 2);
                }
                self.emit(Kind::Comma)?;
                self.next()?;
                self.nest(Frame::ForStep { line }, Frame::Sub { limit: 0 })
            }
            Frame::ForStep { line } => self.numeric_for_body(line, 3),
            Frame::ForNumEnd { line } => {
                let before = self.lexer.last_line();
                self.emit_at_line(Kind::ForNumEnd { before }, line)?;
                self.expect_match(Tok::End, Tok::For, line)?;
                self.emit(Kind::LoopClose)
            }
            Frame::ForNames { line, open, names } => self.for_names(line, open, names),
            Frame::ForInDo { line, list_line, names } => {
                let exprs = self.s.count;
                self.expect(Tok::Do)?;
                self.emit(Kind::ForInDo { names, exprs })?;
                self.nest(Frame::ForInEnd { line, list_line }, Frame::Block)
            }
            Frame::ForInEnd { line, list_line } => {
                let before = self.lexer.last_line();
                self.emit_at_line(Kind::ForInEnd { before }, list_line)?;
                self.expect_match(Tok::End, Tok::For, line)?;
                self.emit(Kind::LoopClose)
            }
            // All other frames are handled by the callers.
            _ => Ok(()),
        }
    }

    /// Goes on with `inner` and after that with `then`.
    pub(super) fn nest(&mut self, then: Frame, inner: Frame) -> Step {
        self.s.frames.push(then);
        self.s.frames.push(inner);
        Ok(())
    }

    fn block(&mut self) -> Step {
        if self.block_follows(true) {
            return Ok(());
        }
        // Nothing may follow `return`, so its block is not taken up again.
        if self.tok() != Tok::Return {
            self.s.frames.push(Frame::Block);
        }
        self.statement()
    }

    fn statement(&mut self) -> Step {
        let line = self.lexer.line();
        self.enter_level()?;
        self.s.frames.push(Frame::LeaveStatement);
        match self.tok() {
            Tok::Byte(b';') => self.next(),
            Tok::If => {
                self.next()?;
                self.emit(Kind::If)?;
                self.nest(Frame::Then { line }, Frame::Sub { limit: 0 })
            }
            Tok::While => {
                self.next()?;
                self.emit(Kind::While)?;
                self.nest(Frame::WhileDo { line }, Frame::Sub { limit: 0 })
            }
            Tok::Do => {
                self.next()?;
                self.emit(Kind::DoOpen)?;
                self.nest(Frame::DoEnd { line }, Frame::Block)
            }
            Tok::For => self.for_statement(line),
            Tok::Repeat => {
                self.next()?;
                self.emit(Kind::Repeat)?;
                self.nest(Frame::Until { line }, Frame::Block)
            }
            Tok::Function => self.function_statement(line),
            Tok::Local => {
                self.next()?;
                if self.accept(Tok::Function)? {
                    self.local_function()
                } else {
                    self.local_statement()
                }
            }
            Tok::DoubleColon => {
                self.next()?;
                let name = self.expect_name()?;
                self.expect(Tok::DoubleColon)?;
                self.nest(Frame::LabelEnd { name, line }, Frame::LabelFollow)
            }
            Tok::Return => self.return_statement(),
            Tok::Break => {
                self.next()?;
                self.emit(Kind::Break)
            }
            Tok::Goto => {
                self.next()?;
                let name = self.expect_name()?;
                self.emit(Kind::Goto(name))
            }
            _ => {
                self.s.frames.push(Frame::ExprStat);
                self.suffixed_expression()
            }
        }
    }

    fn then(&mut self, line: u32) -> Step {
        self.expect(Tok::Then)?;
        self.emit(Kind::Then)?;
        self.nest(Frame::AfterThen { line }, Frame::Block)
    }

    fn after_then(&mut self, line: u32) -> Step {
        match self.tok() {
            Tok::ElseIf => {
                self.emit(Kind::ElseIf)?;
                self.next()?;
                self.nest(Frame::Then { line }, Frame::Sub { limit: 0 })
            }
            Tok::Else => {
                self.emit(Kind::Else)?;
                self.next()?;
                self.nest(Frame::IfEnd { line }, Frame::Block)
            }
            _ => {
                self.s.frames.push(Frame::IfEnd { line });
                Ok(())
            }
        }
    }

    fn for_statement(&mut self, line: u32) -> Step {
        self.next()?;
        let name = self.expect_name()?;
        match self.tok() {
            Tok::Byte(b'=') => {
                self.emit(Kind::ForNum(name))?;
                self.next()?;
                self.nest(Frame::ForStart { line }, Frame::Sub { limit: 0 })
            }
            Tok::Byte(b',') | Tok::In => {
                let open = self.s.nodes.len() as u32;
                self.emit(Kind::ForIn { names: 0 })?;
                self.emit(Kind::ForName(name))?;
                self.s.frames.push(Frame::ForNames { line, open, names: 1 });
                Ok(())
            }
            _ => Err(self.lexer.error(b"'=' or 'in' expected")),
        }
    }

    /// A further name of a generic `for`, or its list.
    fn for_names(&mut self, line: u32, open: u32, names: u32) -> Step {
        if self.accept(Tok::Byte(b','))? {
            let name = self.expect_name()?;
            self.emit(Kind::ForName(name))?;
            self.s.frames.push(Frame::ForNames { line, open, names: names + 1 });
            return Ok(());
        }
        self.patch(open, Kind::ForIn { names });
        self.expect(Tok::In)?;
        let list_line = self.lexer.line();
        self.s.frames.push(Frame::ForInDo { line, list_line, names });
        self.expression_list()
    }

    fn numeric_for_body(&mut self, line: u32, exprs: u32) -> Step {
        self.expect(Tok::Do)?;
        self.emit(Kind::ForNumDo { exprs })?;
        self.nest(Frame::ForNumEnd { line }, Frame::Block)
    }

    fn function_statement(&mut self, line: u32) -> Step {
        self.next()?;
        let name = self.expect_name()?;
        self.emit(Kind::Name(name))?;
        self.s.frames.push(Frame::FunctionName { line });
        Ok(())
    }

    /// A further part of the name of a function statement, or the function's body.
    fn function_name(&mut self, line: u32) -> Step {
        if self.tok() == Tok::Byte(b'.') {
            self.s.frames.push(Frame::FunctionName { line });
            return self.field();
        }
        let method = self.tok() == Tok::Byte(b':');
        if method {
            self.field()?;
        }
        self.emit(Kind::FunctionStat)?;
        self.s.frames.push(Frame::FunctionStatEnd { line });
        self.function_body(method, line)
    }

    fn local_function(&mut self) -> Step {
        let name = self.expect_name()?;
        self.emit(Kind::LocalFunction(name))?;
        self.s.frames.push(Frame::LocalFunctionEnd);
        self.function_body(false, self.lexer.line())
    }

    fn local_statement(&mut self) -> Step {
        let open = self.s.nodes.len() as u32;
        self.emit(Kind::LocalOpen { names: 0 })?;
        self.local_name(open, 0)
    }

    /// Reads a name of a local statement, after `names` others.
    fn local_name(&mut self, open: u32, names: u32) -> Step {
        let name = self.expect_name()?;
        let attrib = self.attribute()?;
        self.emit(Kind::LocalName(name, attrib))?;
        let names = names + 1;
        if self.accept(Tok::Byte(b','))? {
            self.s.frames.push(Frame::LocalName { open, names });
            return Ok(());
        }
        self.patch(open, Kind::LocalOpen { names });
        if self.accept(Tok::Byte(b'='))? {
            self.s.frames.push(Frame::LocalEnd { names });
            self.expression_list()
        } else {
            self.emit(Kind::LocalEnd { names, exprs: 0 })
        }
    }

    fn attribute(&mut self) -> Result<Attrib, SyntaxError> {
        if !self.accept(Tok::Byte(b'<'))? {
            return Ok(Attrib::Regular);
        }
        let name = self.expect_name()?;
        self.expect(Tok::Byte(b'>'))?;
        match self.lexer.string(name) {
            b"const" => Ok(Attrib::Const),
            b"close" => Ok(Attrib::Close),
            other => {
                let shown = near::cut(other);
                let message = [b"unknown attribute '", &shown[..], b"'"].concat();
                Err(self.lexer.error_without_token(&message))
            }
        }
    }

    fn label_follow(&mut self) -> Step {
        if matches!(self.tok(), Tok::Byte(b';') | Tok::DoubleColon) {
            self.s.frames.push(Frame::LabelFollow);
            return self.statement();
        }
        Ok(())
    }

    fn return_statement(&mut self) -> Step {
        self.next()?;
        self.emit(Kind::Return)?;
        if self.block_follows(true) || self.tok() == Tok::Byte(b';') {
            return self.return_end(0);
        }
        self.s.frames.push(Frame::ReturnEnd);
        self.expression_list()
    }

    fn return_end(&mut self, exprs: u32) -> Step {
        self.emit(Kind::ReturnEnd { exprs })?;
        self.accept(Tok::Byte(b';'))?;
        Ok(())
    }

    fn expression_statement_end(&mut self) -> Step {
        if matches!(self.tok(), Tok::Byte(b'=' | b',')) {
            return self.assignment(1);
        }
        if self.s.shape != Shape::Call {
            return Err(self.lexer.error(b"syntax error"));
        }
        self.emit(Kind::ExprStat)
    }

    /// Goes on after target number `targets` of an assignment.
    fn assignment(&mut self, targets: u32) -> Step {
        if self.s.shape != Shape::Variable {
            return Err(self.lexer.error(b"syntax error"));
        }
        self.emit(Kind::Target)?;
        if self.accept(Tok::Byte(b','))? {
            self.s.frames.push(Frame::NextTarget { targets: targets + 1 });
            return self.suffixed_expression();
        }
        self.expect(Tok::Byte(b'='))?;
        self.emit(Kind::AssignEq { targets })?;
        self.s.frames.push(Frame::AssignEnd { targets });
        self.expression_list()
    }
}
