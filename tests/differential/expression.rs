//! Random expressions of a wanted type.

#![allow(
    unreachable_pub,
    reason = "a test may stop, and says what it skipped"
)]

use super::generator::{Generator, Ty};

const INTEGERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "10",
    "-1",
    "-2",
    "-7",
    "100",
    "127",
    "128",
    "-128",
    "255",
    "256",
    "1000",
    "65535",
    "65536",
    "-65536",
    "131071",
    "131072",
    "0x7fffffff",
    "0xffffffff",
    "math.maxinteger",
    "math.mininteger",
    "9007199254740992",
    "9007199254740993",
    "0x7fffffffffffffff",
    "0xffffffffffffffff",
    "9223372036854775807",
    "-9223372036854775807",
    "0xDEADBEEFCAFE",
];

const FLOATS: &[&str] = &[
    "0.0",
    "1.0",
    "-1.0",
    "0.5",
    "-0.5",
    "2.5",
    "-0.0",
    "3.0",
    "1e15",
    "1e16",
    "2^53",
    "-2^53",
    "2^63",
    "-2^63",
    "1e100",
    "1e308",
    "5e-324",
    "math.huge",
    "-math.huge",
    "0x1p-3",
    "0x.8p1",
    "3.14159",
    "-7.25",
    "1e-5",
    "123456.789",
    "0.1",
    "127.0",
    "128.0",
    "1/3",
    "1e14",
    "9007199254740993.0",
    ".5e1",
    "3.",
];

const STRINGS: &[&str] = &[
    "''",
    "'a'",
    "'abc'",
    "'hello world'",
    "'10'",
    "'0x10'",
    "' 7 '",
    "'1e1'",
    "'3.0'",
    "'-2'",
    "'nope'",
    "'a,b,,c'",
    "'key=val; k2=v2'",
    "'x\\0y'",
    "'\\n\\t'",
    "'\\xff\\200'",
    "'%d%%'",
    "[[long line]]",
    "'aXbXc'",
    "'(paren)'",
    "'\\u{20AC}uro'",
    "'ABCdef123'",
    "[==[ ]] ]==]",
    "'\\z  z'",
    "'9223372036854775808'",
    "'inf'",
    "'1e'",
    "'0x'",
    "'.5'",
    "'5.'",
    "'aaa'",
    "'aab'",
];

const PATTERNS: &[&str] = &[
    "'a'",
    "'.'",
    "'%a+'",
    "'%d+'",
    "'(%w+)=(%w+)'",
    "'^a'",
    "'c$'",
    "'^(.-)X'",
    "'[abc]+'",
    "'[^,]*'",
    "'()b()'",
    "'%s*(%S+)'",
    "'x*'",
    "'.-'",
    "'%f[%a]%a+'",
    "'%b()'",
    "'(a)(.)%2?'",
    "'[%a_][%w_]*'",
    "'%%'",
    "'[]a]'",
    "'[a-c%d]'",
    "'l+'",
    "'(h)(e)(l)'",
    "'%u'",
    "'%x%x'",
    "'o.?$'",
    "''",
    "'%.'",
    "'(.)%1'",
];

const BAD_PATTERNS: &[&str] =
    &["'('", "'%'", "'[a'", "'(()'", "'%1'", "')'", "'%f'", "'%b'", "'(a)%2'", "'[%'"];

const FORMATS: &[(&str, &str)] = &[
    ("%d", "i"),
    ("%5d", "i"),
    ("%-5d|", "i"),
    ("%05d", "i"),
    ("%+d", "i"),
    ("%x", "i"),
    ("%X", "i"),
    ("%#x", "i"),
    ("%o", "i"),
    ("%i", "i"),
    ("%10.4d", "i"),
    ("%u", "u"),
    ("%g", "n"),
    ("%.3f", "n"),
    ("%10.2f|", "n"),
    ("%e", "n"),
    ("%.0e", "n"),
    ("%G", "n"),
    ("%.14g", "n"),
    ("%.17g", "n"),
    ("%a", "n"),
    ("%s", "s"),
    ("%10s|", "s"),
    ("%-10s|", "s"),
    ("%.2s", "s"),
    ("%q", "s"),
    ("%q", "i"),
    ("%c", "c"),
    ("%%", ""),
    ("% d", "i"),
    ("%s", "n"),
    ("%#o", "i"),
    ("%#.3g", "n"),
    ("%+.2e", "n"),
    ("%s", "b"),
    ("%.20s", "s"),
    ("%.99f", "n"),
    ("%5.1f", "n"),
    ("%d", "n"),
    ("%x", "n"),
    ("%y", "i"),
    ("%", "i"),
    ("%d", "s"),
    ("%.3q", "s"),
    ("%010d", "i"),
];

impl Generator {
    /// Returns an expression; one in many is of another type than wanted.
    pub fn expr(&mut self, ty: Ty, depth: usize) -> String {
        if self.rng.chance(self.risk) {
            let other =
                self.rng.pick(&[Ty::Int, Ty::Flt, Ty::Str, Ty::Bool, Ty::Seq, Ty::Rec, Ty::Nil]);
            return self.expr_of(other, depth.saturating_sub(1));
        }
        self.expr_of(ty, depth)
    }

    fn expr_of(&mut self, ty: Ty, depth: usize) -> String {
        if depth == 0 || self.rng.chance(250) {
            return self.leaf(ty);
        }
        let d = depth - 1;
        if self.rng.chance(60) {
            let cond = self.expr(Ty::Bool, d);
            let (a, b) = (self.expr(ty, d), self.expr(ty, d));
            return match self.rng.below(3) {
                0 => format!("({cond} and {a} or {b})"),
                1 => format!("({a} or {b})"),
                _ => format!("({a} and {b})"),
            };
        }
        match ty {
            Ty::Int => self.integer(d),
            Ty::Flt => self.float(d),
            Ty::Num => {
                let ty = self.rng.pick(&[Ty::Int, Ty::Flt]);
                if self.rng.chance(300) { self.mixed(d) } else { self.expr(ty, depth) }
            }
            Ty::Str => self.string(d),
            Ty::Bool => self.boolean(d),
            Ty::Seq => self.sequence(d),
            Ty::Rec => self.record(d),
            Ty::Fun | Ty::Obj | Ty::Nil => self.leaf(ty),
        }
    }

    /// Returns a variable or a literal of the type.
    pub fn leaf(&mut self, ty: Ty) -> String {
        if self.rng.chance(650)
            && let Some(name) = self.variable(ty)
        {
            return name;
        }
        match ty {
            Ty::Int if self.rng.chance(600) => self.rng.range(-3, 12).to_string(),
            Ty::Int => self.rng.pick(INTEGERS).to_owned(),
            Ty::Flt => format!("({})", self.rng.pick(FLOATS)),
            Ty::Num => {
                let ty = self.rng.pick(&[Ty::Int, Ty::Flt]);
                self.leaf(ty)
            }
            Ty::Str => format!("({})", self.rng.pick(STRINGS)),
            Ty::Bool => self.rng.pick(&["true", "false", "nil"]).to_owned(),
            Ty::Seq => self
                .rng
                .pick(&["{}", "{1, 2, 3}", "{3, 1, 2}", "{'b', 'a'}", "{1.5, 2; 'x'}"])
                .to_owned(),
            Ty::Rec => self
                .rng
                .pick(&["{}", "{a = 1}", "{a = 1, b = 2.5}", "{['c'] = 3, a = 4}"])
                .to_owned(),
            Ty::Fun => "math.max".to_owned(),
            Ty::Obj | Ty::Nil => "nil".to_owned(),
        }
    }

    /// Returns an expression without mistakes, for where a table would show its address.
    fn safe(&mut self, ty: Ty, depth: usize) -> String {
        self.risky(0, |g| g.expr(ty, depth))
    }

    fn integer(&mut self, d: usize) -> String {
        match self.rng.below(24) {
            0..=6 => {
                let op = self.rng.pick(&["+", "-", "*", "+", "-"]);
                format!("({} {op} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            7 | 8 => {
                let op = self.rng.pick(&["//", "%"]);
                format!("({} {op} ({} | 1))", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            9..=11 => {
                let op = self.rng.pick(&["&", "|", "~", "<<", ">>"]);
                format!("({} {op} {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d))
            }
            12 => {
                // Constant operands: the forms with an immediate or constant operand.
                let op = self.rng.pick(&["+", "-", "*", "//", "%", "&", "|", "~", "<<", ">>"]);
                let k = self.rng.pick(&[
                    "1", "2", "-3", "7", "127", "128", "-127", "-128", "255", "256", "1000",
                ]);
                let a = self.expr(Ty::Int, d);
                if self.rng.chance(800) || op == "//" || op == "%" {
                    format!("({a} {op} {k})")
                } else {
                    format!("({k} {op} {a})")
                }
            }
            13 => {
                let op = self.rng.pick(&["-", "~", "- -", "~~"]);
                format!("({op} {})", self.expr(Ty::Int, d))
            }
            14 => format!("#{}", self.paren(Ty::Str, d)),
            15 => format!("#{}", self.paren(Ty::Seq, d)),
            16 => format!("({}:byte({}) or 0)", self.paren(Ty::Str, d), self.rng.range(-3, 4)),
            17 => format!("({}:find({}) or -1)", self.paren(Ty::Str, d), self.pattern()),
            18 => format!("(math.tointeger({}) or 0)", self.expr(Ty::Num, d)),
            19 => format!(
                "(math.ult({}, {}) and 1 or 0)",
                self.expr(Ty::Int, d),
                self.expr(Ty::Int, d)
            ),
            20 => format!("select('#', {}, {})", self.expr(Ty::Seq, d), self.expr(Ty::Num, d)),
            21 => {
                let op = self.rng.pick(&["+", "-", "*"]);
                format!("('{}' {op} {})", self.rng.range(-20, 20), self.expr(Ty::Int, d))
            }
            22 => format!(
                "math.{}({}, {})",
                self.rng.pick(&["max", "min"]),
                self.expr(Ty::Int, d),
                self.expr(Ty::Int, d)
            ),
            _ => format!("(('7' * {}) | 3)", self.expr(Ty::Int, d)),
        }
    }

    fn float(&mut self, d: usize) -> String {
        match self.rng.below(12) {
            0..=4 => {
                let op = self.rng.pick(&["+", "-", "*", "/", "/"]);
                format!("({} {op} {})", self.expr(Ty::Flt, d), self.expr(Ty::Num, d))
            }
            5 => {
                let op = self.rng.pick(&["//", "%"]);
                format!("({} {op} {})", self.expr(Ty::Flt, d), self.expr(Ty::Num, d))
            }
            6 => format!("(- {})", self.expr(Ty::Flt, d)),
            7 => format!("({} / {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            8 => format!(
                "({}^{})",
                self.paren(Ty::Flt, d),
                self.rng.pick(&["2", "0.5", "0", "-1", "1"])
            ),
            9 => format!(
                "math.{}({})",
                self.rng.pick(&["sqrt", "abs", "fabs"]).replace("fabs", "abs"),
                self.expr(Ty::Flt, d)
            ),
            10 => format!(
                "math.fmod({}, {})",
                self.expr(Ty::Flt, d),
                self.rng.pick(&["3", "2.5", "-2", "math.huge"])
            ),
            _ => format!("({} + 0.0)", self.expr(Ty::Num, d)),
        }
    }

    fn mixed(&mut self, d: usize) -> String {
        match self.rng.below(8) {
            0..=3 => {
                let op = self.rng.pick(&["+", "-", "*", "/"]);
                format!("{} {op} {}", self.paren(Ty::Num, d), self.paren(Ty::Num, d))
            }
            4 => format!(
                "math.{}({})",
                self.rng.pick(&["floor", "ceil", "abs"]),
                self.expr(Ty::Num, d)
            ),
            5 => format!(
                "math.{}({}, {}, {})",
                self.rng.pick(&["max", "min"]),
                self.expr(Ty::Num, d),
                self.expr(Ty::Num, d),
                self.expr(Ty::Num, d)
            ),
            6 => match self.function_call() {
                Some(call) => call,
                None => self.leaf(Ty::Num),
            },
            _ => format!("(tonumber({}) or 0)", self.expr(Ty::Str, d)),
        }
    }

    /// Returns a call of a function in scope, if there is one that is cheap enough.
    pub fn function_call(&mut self) -> Option<String> {
        let name = self.callable()?;
        let (a, b) = (self.expr(Ty::Num, 1), self.expr(Ty::Num, 1));
        Some(format!("{name}({a}, {b})"))
    }

    fn string(&mut self, d: usize) -> String {
        match self.rng.below(20) {
            0..=3 => format!("({} .. {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            4 => format!(
                "({} .. N{} .. {})",
                self.expr(Ty::Str, d),
                self.paren(Ty::Num, d),
                self.leaf(Ty::Str)
            ),
            5 => format!(
                "{}:sub({}, {})",
                self.paren(Ty::Str, d),
                self.rng.range(-4, 5),
                self.rng.range(-4, 8)
            ),
            6 => format!(
                "{}:{}()",
                self.paren(Ty::Str, d),
                self.rng.pick(&["upper", "lower", "reverse"])
            ),
            7 => format!(
                "{}:sub(1, 20):rep({}, {})",
                self.paren(Ty::Str, d),
                self.rng.range(-1, 3),
                self.rng.pick(&["','", "''", "nil"])
            ),
            8 | 9 => self.format_call(d),
            10 | 11 => format!("tostring(N({}))", self.safe(Ty::Num, d)),
            12 => format!(
                "table.concat({}, {})",
                self.expr(Ty::Seq, d),
                self.rng.pick(&["','", "''", "1", "' '"])
            ),
            13 | 14 => format!(
                "({}:gsub({}, {}))",
                self.paren(Ty::Str, d),
                self.pattern(),
                self.replacement()
            ),
            15 => {
                let ty = self.any();
                format!("type({})", self.expr(ty, d))
            }
            16 => format!("tostring(math.type({}))", self.expr(Ty::Num, d)),
            17 => format!("({}:match({}) or '')", self.paren(Ty::Str, d), self.pattern()),
            18 => format!("string.char({}, {})", self.rng.range(32, 126), self.rng.range(0, 255)),
            _ => format!("tostring({})", self.safe(Ty::Bool, d)),
        }
    }

    /// Returns the third argument of `gsub`.
    pub fn replacement(&mut self) -> String {
        self.rng
            .pick(&[
                "''",
                "'-'",
                "'<%0>'",
                "'%1%1'",
                "'%%'",
                "{a = 'A', b = 1, c = false}",
                "function(x) return x and #x end",
                "function() end",
                "string.upper",
                "{[''] = 'e'}",
                "3",
                "'%0%0', 2",
                "function(a, b) return b or a end, 1",
            ])
            .to_owned()
    }

    /// Returns a pattern, a bad one seldom.
    pub fn pattern(&mut self) -> String {
        if self.rng.chance(self.risk) {
            self.rng.pick(BAD_PATTERNS)
        } else {
            self.rng.pick(PATTERNS)
        }
        .to_owned()
    }

    /// Returns a call of `string.format`.
    pub fn format_call(&mut self, d: usize) -> String {
        let (mut text, mut args) = (String::new(), String::new());
        for _ in 0..=self.rng.below(2) {
            let last = if self.rng.chance(self.risk) { FORMATS.len() } else { FORMATS.len() - 9 };
            let at = self.rng.below(last);
            let (spec, kind) = FORMATS[at];
            let arg = match kind {
                "i" | "u" => self.expr(Ty::Int, d),
                "n" => format!("N({})", self.safe(Ty::Num, d)),
                "s" => self.safe(Ty::Str, d),
                "b" => self.safe(Ty::Bool, d),
                "c" => self.rng.range(33, 120).to_string(),
                _ => String::new(),
            };
            text.push_str(if kind == "u" { "%d" } else { spec });
            text.push(' ');
            if !arg.is_empty() {
                args.push_str(", ");
                args.push_str(&arg);
            }
        }
        format!("string.format('{text}'{args})")
    }

    fn boolean(&mut self, d: usize) -> String {
        match self.rng.below(12) {
            0..=3 => {
                let op = self.rng.pick(&["<", "<=", ">", ">=", "==", "~="]);
                format!("({} {op} {})", self.expr(Ty::Num, d), self.expr(Ty::Num, d))
            }
            4 => {
                let op = self.rng.pick(&["<", "<=", ">", ">=", "==", "~="]);
                let k =
                    self.rng.pick(&["0", "1", "-1", "127", "128", "2.0", "5.5", "-128", "1000"]);
                let a = self.expr(Ty::Num, d);
                if self.rng.chance(700) {
                    format!("({a} {op} {k})")
                } else {
                    format!("({k} {op} {a})")
                }
            }
            5 => {
                let op = self.rng.pick(&["<", "<=", ">", ">=", "==", "~="]);
                format!("({} {op} {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d))
            }
            6 => {
                let (a, b) = (self.any(), self.any());
                format!(
                    "({} {} {})",
                    self.expr(a, d),
                    self.rng.pick(&["==", "~="]),
                    self.expr(b, d)
                )
            }
            7 => {
                let ty = self.any();
                format!("(not {})", self.expr(ty, d))
            }
            8 => format!("({} and {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d)),
            9 => format!("({} or {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d)),
            10 => format!(
                "not ({} and {} or {})",
                self.expr(Ty::Bool, d),
                self.expr(Ty::Bool, d),
                self.expr(Ty::Bool, d)
            ),
            _ => {
                let ty = self.any();
                format!(
                    "({} == {})",
                    self.expr(ty, d),
                    self.rng.pick(&["nil", "true", "false", "'a'", "1", "2.5"])
                )
            }
        }
    }

    /// Returns a type that any value may have.
    pub fn any(&mut self) -> Ty {
        self.rng.pick(&[Ty::Int, Ty::Flt, Ty::Num, Ty::Str, Ty::Bool, Ty::Int, Ty::Str])
    }

    fn sequence(&mut self, d: usize) -> String {
        match self.rng.below(6) {
            0 => "table.pack(table.unpack({4, 5, 6}))".to_owned(),
            1 if self.vararg => "{(...) or 1, select('#', ...)}".to_owned(),
            2 => format!("table.move({{7, 8, 9}}, 1, 3, {}, {{1, 2, 3}})", self.rng.range(1, 4)),
            _ => {
                let count = self.rng.below(5);
                let ty = self.rng.pick(&[Ty::Int, Ty::Num, Ty::Str]);
                let items: Vec<String> =
                    (0..count).map(|_| format!("N({} or 0)", self.expr(ty, d))).collect();
                let tail = if self.rng.chance(200) { ", table.unpack({8, 9})" } else { "" };
                if items.is_empty() {
                    "{}".to_owned()
                } else {
                    format!("{{{}{tail}}}", items.join(", "))
                }
            }
        }
    }

    fn record(&mut self, d: usize) -> String {
        let a = self.expr(Ty::Num, d);
        let b = self.expr(Ty::Str, d);
        match self.rng.below(4) {
            0 => format!("{{a = {a}, b = {{{b}, n = {a}}}}}"),
            1 => format!("{{[{b}] = {a}, a = 1}}"),
            2 => format!("{{a = {a}, b = nil, [1.5] = {b}, [true] = 1}}"),
            _ => format!("{{{a} or 1, a = {a}, {b} or 2; c = {b}}}"),
        }
    }

    /// Returns an expression that may stand before `:`, `.` or `^`.
    pub fn paren(&mut self, ty: Ty, d: usize) -> String {
        format!("({})", self.expr(ty, d))
    }
}
