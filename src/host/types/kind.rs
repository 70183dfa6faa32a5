//! Types as LuaCATS writes them, read.

/// How deep types may lie in one another; what is deeper is any.
const DEEPEST: usize = 32;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name: `string`, `integer`, `any`.
    Name(String),
    /// A string, number or boolean itself.
    Literal(String),
    Union(Vec<Kind>),
    Array(Box<Kind>),
    /// Fields: name, whether it may be left out, type.
    Fields(Vec<(String, bool, Kind)>),
    Any,
}

impl Kind {
    /// Reads a type. What cannot be read is any.
    pub(super) fn read(text: &str) -> Kind {
        let mut reader = Reader { rest: text.trim(), depth: 0 };
        let kind = reader.union();
        if reader.rest.is_empty() { kind } else { Kind::Any }
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn name(&mut self) -> &'a str {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let rest = self.rest.trim_start();
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        self.rest = rest.trim_start();
        name
    }

    fn union(&mut self) -> Kind {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.rest = "";
            return Kind::Any;
        }
        let mut kinds = vec![self.postfix()];
        while self.eat("|") {
            kinds.push(self.postfix());
        }
        self.depth -= 1;
        if kinds.len() == 1 { kinds.remove(0) } else { Kind::Union(kinds) }
    }

    fn postfix(&mut self) -> Kind {
        let mut kind = self.primary();
        for _ in 0..DEEPEST {
            if self.eat("[]") {
                kind = Kind::Array(Box::new(kind));
            } else if self.eat("?") {
                kind = Kind::Union(vec![kind, Kind::Name("nil".to_owned())]);
            } else {
                return kind;
            }
        }
        self.rest = "";
        Kind::Any
    }

    fn primary(&mut self) -> Kind {
        if self.eat("(") {
            let kind = self.union();
            self.eat(")");
            return kind;
        }
        if self.eat("{") {
            return self.fields();
        }
        if let Some(rest) = self.rest.strip_prefix('"')
            && let Some((text, rest)) = rest.split_once('"')
        {
            self.rest = rest.trim_start();
            return Kind::Literal(text.to_owned());
        }
        match self.name() {
            "" | "any" => Kind::Any,
            name => Kind::Name(name.to_owned()),
        }
    }

    fn fields(&mut self) -> Kind {
        let mut fields = Vec::new();
        while !self.eat("}") {
            let name = self.name().to_owned();
            let optional = self.eat("?");
            if name.is_empty() || !self.eat(":") {
                return Kind::Any;
            }
            fields.push((name, optional, self.union()));
            self.eat(",");
            if self.rest.is_empty() {
                break;
            }
        }
        Kind::Fields(fields)
    }
}
