//! A program as a tree of lines and blocks, so that parts can be dropped from it.

#![allow(
    unreachable_pub,
    reason = "a test may stop, and says what it skipped"
)]

/// A statement, or a block with its first and last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// One line.
    Line(String),
    /// A construct around other statements.
    Block {
        /// The line that opens it.
        head: String,
        /// What it holds.
        body: Vec<Node>,
        /// The line that closes it.
        tail: String,
    },
}

/// Returns a line.
pub fn line(text: impl Into<String>) -> Node {
    Node::Line(text.into())
}

/// Returns a block.
pub fn block(head: impl Into<String>, body: Vec<Node>, tail: impl Into<String>) -> Node {
    Node::Block { head: head.into(), body, tail: tail.into() }
}

/// Writes the statements out, one line each.
pub fn render(nodes: &[Node]) -> String {
    let mut out = String::new();
    write(nodes, 0, &mut out);
    out
}

fn write(nodes: &[Node], depth: usize, out: &mut String) {
    let put = |text: &str, out: &mut String| {
        out.push_str(&"  ".repeat(depth));
        out.push_str(text);
        out.push('\n');
    };
    for node in nodes {
        match node {
            Node::Line(text) => put(text, out),
            Node::Block { head, body, tail } => {
                put(head, out);
                write(body, depth + 1, out);
                put(tail, out);
            }
        }
    }
}

/// Returns how many nodes the tree has.
pub fn count(nodes: &[Node]) -> usize {
    let inner = |node: &Node| match node {
        Node::Line(_) => 0,
        Node::Block { body, .. } => count(body),
    };
    nodes.iter().map(|node| 1 + inner(node)).sum()
}

/// One way of making a program smaller.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Drop the node.
    Drop,
    /// Put a block's body in its place.
    Unwrap,
    /// Put other text in a line's place.
    Replace(String),
}

/// Returns the tree with an edit of its node number `target` (in writing order).
pub fn edit(nodes: &[Node], target: usize, how: &Edit) -> Vec<Node> {
    let mut seen = 0;
    edit_from(nodes, target, how, &mut seen)
}

fn edit_from(nodes: &[Node], target: usize, how: &Edit, seen: &mut usize) -> Vec<Node> {
    let mut out = Vec::new();
    for node in nodes {
        let here = *seen == target;
        *seen += 1;
        match (node, how) {
            (_, Edit::Drop) if here => *seen += count(std::slice::from_ref(node)) - 1,
            (Node::Block { body, .. }, Edit::Unwrap) if here => {
                *seen += count(body);
                out.extend(body.iter().cloned());
            }
            (Node::Line(_), Edit::Replace(text)) if here => out.push(line(text.clone())),
            (Node::Block { head, body, tail }, _) => {
                let body = edit_from(body, target, how, seen);
                out.push(block(head.clone(), body, tail.clone()));
            }
            (Node::Line(_), _) => out.push(node.clone()),
        }
    }
    out
}

/// Returns node number `target`.
pub fn node(nodes: &[Node], target: usize) -> Option<&Node> {
    let mut left = target;
    for node in nodes {
        if left == 0 {
            return Some(node);
        }
        let size = count(std::slice::from_ref(node));
        if left < size {
            let Node::Block { body, .. } = node else { return None };
            return self::node(body, left - 1);
        }
        left -= size;
    }
    None
}
