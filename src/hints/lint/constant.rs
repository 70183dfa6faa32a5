//! Comparisons that have one outcome.

use crate::hints::reading::Reading;
use crate::hints::scopes::Scopes;
use crate::hints::tree::{Id, Shape};
use crate::syntax::ast::{BinOp, Kind, UnOp};

/// The type of a value, as far as it can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Nil,
    Boolean,
    Number,
    String,
    /// A table or function that is made here: it is equal to nothing else.
    New,
}

/// What `type` returns.
const TYPES: [&str; 8] =
    ["nil", "boolean", "number", "string", "table", "function", "thread", "userdata"];

/// What `math.type` returns.
const NUMBERS: [&str; 2] = ["integer", "float"];

/// What is said: rule, message, hint.
type Said = (&'static str, String, Option<String>);

/// Looks at an expression.
pub(super) fn of(reading: &Reading<'_>, scopes: &Scopes, id: Id) -> Option<Said> {
    let Shape::Binary(op, left, right) = reading.tree.exprs[id].shape else { return None };
    match op {
        BinOp::Eq | BinOp::Ne => equality(reading, scopes, op, left, right),
        BinOp::Or => alternatives(reading, id, left, right),
        _ => None,
    }
}

fn equality(
    reading: &Reading<'_>,
    scopes: &Scopes,
    op: BinOp,
    left: Id,
    right: Id,
) -> Option<Said> {
    let shape = |id: Id| &reading.tree.exprs[reading.tree.inside(id)].shape;
    let never = |what: String, hint: Option<String>| {
        let (rule, outcome) = match op {
            BinOp::Eq => ("always-false", "always false"),
            _ => ("always-true", "always true"),
        };
        Some((rule, format!("this comparison is {outcome}: {what}"), hint))
    };
    // `not a == b`
    if let Shape::Unary(UnOp::Not, _) = reading.tree.exprs[left].shape
        && matches!(type_of(reading, scopes, right), Some(kind) if kind != Type::Boolean)
    {
        let hint = "write `not (a == b)`, or `a ~= b`".to_owned();
        return never("`not` comes first, and gives a boolean".to_owned(), Some(hint));
    }
    for (one, other) in [(left, right), (right, left)] {
        if let (Some(function), Shape::Str(text)) = (called(reading, scopes, one), shape(other)) {
            let text = String::from_utf8_lossy(reading.name(*text)).into_owned();
            let known: &[&str] = match function.as_str() {
                "type" => &TYPES,
                "math.type" => &NUMBERS,
                _ => continue,
            };
            if !known.contains(&text.as_str()) {
                let near = crate::base::nearest::nearest(&text, known.iter().copied());
                let hint = match text.as_str() {
                    "int" | "integer" | "float" => {
                        Some("`math.type` tells integers from floats".to_owned())
                    }
                    _ => near.map(|near| format!("did you mean \"{near}\"?")),
                };
                return never(format!("`{function}` never returns \"{text}\""), hint);
            }
        }
    }
    for (one, other) in [(left, right), (right, left)] {
        let (first, last) = reading.tree.exprs[one].tokens;
        // A metamethod `__eq` of the other's could say so, but hardly of what is empty.
        if *shape(one) == Shape::Table
            && first + 1 == last
            && type_of(reading, scopes, other).is_none()
        {
            let t = reading.tree.span(&reading.tokens, other);
            let t = reading.tokens.source().get(t.start..t.end).unwrap_or(b"t");
            let t = std::str::from_utf8(t).ok().filter(|t| t.len() <= 40 && !t.contains('\n'));
            let sign = if op == BinOp::Eq { "==" } else { "~=" };
            let hint = format!("write `next({}) {sign} nil`", t.unwrap_or("t"));
            return never("a new table is equal to itself alone".to_owned(), Some(hint));
        }
    }
    let (one, other) = (type_of(reading, scopes, left)?, type_of(reading, scopes, right)?);
    if one == Type::New || other == Type::New {
        return never("a new table or function is equal to itself alone".to_owned(), None);
    }
    if one != other {
        return never("the types differ, and nothing is converted".to_owned(), None);
    }
    None
}

/// `a == 1 or 2` in a condition.
fn alternatives(reading: &Reading<'_>, id: Id, left: Id, right: Id) -> Option<Said> {
    let exprs = &reading.tree.exprs;
    if !matches!(exprs[left].shape, Shape::Binary(BinOp::Eq, ..)) {
        return None;
    }
    let literal = matches!(
        exprs[right].shape,
        Shape::Str(_) | Shape::Integer(_) | Shape::Float(_) | Shape::True
    );
    // As a value it may be meant: `x = a == 1 or "no"`.
    let mut whole = id;
    while let Some(parent) = exprs[whole].parent {
        match exprs[parent].shape {
            Shape::Binary(BinOp::And | BinOp::Or, ..) | Shape::Paren(_) => whole = parent,
            _ => return None,
        }
    }
    let used = reading.chunk.nodes.get(exprs[whole].used).map(|node| node.kind);
    let condition = matches!(used, Some(Kind::Then | Kind::WhileDo | Kind::RepeatEnd));
    if literal && condition {
        let hint = "write `a == 1 or a == 2`".to_owned();
        return Some((
            "always-true",
            "this condition is always true: its last part is a value".to_owned(),
            Some(hint),
        ));
    }
    None
}

/// Returns the function of the library that an expression calls.
fn called(reading: &Reading<'_>, scopes: &Scopes, id: Id) -> Option<String> {
    let tree = &reading.tree;
    let Shape::Call { callee, .. } = tree.exprs[tree.inside(id)].shape else { return None };
    let global = |id: Id| match tree.exprs[id].shape {
        Shape::Name(name) if !scopes.meaning.contains_key(&id) && !scopes.own_globals => {
            let name = (!scopes.assigned.contains(&name)).then(|| reading.name(name))?;
            Some(String::from_utf8_lossy(name).into_owned())
        }
        _ => None,
    };
    match tree.exprs[callee].shape {
        Shape::Name(_) => global(callee),
        Shape::Field { base, name } => {
            let module = global(base)?;
            Some(format!("{module}.{}", String::from_utf8_lossy(reading.name(name))))
        }
        _ => None,
    }
}

fn type_of(reading: &Reading<'_>, scopes: &Scopes, id: Id) -> Option<Type> {
    let tree = &reading.tree;
    Some(match tree.exprs[tree.inside(id)].shape {
        Shape::Nil => Type::Nil,
        Shape::True | Shape::False | Shape::Unary(UnOp::Not, _) => Type::Boolean,
        Shape::Integer(_) | Shape::Float(_) => Type::Number,
        Shape::Str(_) => Type::String,
        Shape::Table | Shape::Function => Type::New,
        Shape::Call { .. } => match called(reading, scopes, id)?.as_str() {
            "tostring" | "type" | "string.format" | "string.rep" | "string.upper"
            | "string.lower" | "string.sub" | "table.concat" => Type::String,
            "math.floor" | "math.abs" => Type::Number,
            _ => return None,
        },
        _ => return None,
    })
}
