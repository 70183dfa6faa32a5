//! Where fuel went, by calls: a tree with a node for each way down the stack that was seen, in
//! sessions that ask for it.
//!
//! Nothing of it is a script's: it takes no fuel and none of the memory that is limited, so
//! what it may take itself is bounded here. What has no room counts for its caller.

use crate::vm::heap::native::NativeDef;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::chunk_id::chunk_id;
use crate::bytecode::proto::Proto;

/// Most nodes of a tree.
const MOST_NODES: usize = 1 << 18;
/// Most calls within calls that are told apart.
pub(in crate::vm) const DEEPEST: usize = 128;
/// Most bytes of a name that are shown: it may be any text that a script has.
const LONGEST: usize = 100;
/// The node that stands for what no function of the script did: compiling, results.
pub(in crate::vm) const ROOT: u32 = 0;

/// A function as a profile shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    /// Its name, or what stands for it.
    pub(crate) name: String,
    /// The chunk it is in and its first line, if it is in one.
    pub(crate) place: Option<(String, u32)>,
}

/// What a frame runs, as far as two of them can be told apart.
#[derive(Clone, Debug)]
pub(in crate::vm) enum Function {
    /// A function of a chunk. It is held, so that no other one takes its address.
    Lua(Arc<Proto>),
    /// A native one.
    Native(&'static NativeDef),
}

impl Function {
    fn is(&self, other: &Function) -> bool {
        match (self, other) {
            (Function::Lua(one), Function::Lua(other)) => Arc::ptr_eq(one, other),
            (Function::Native(one), Function::Native(other)) => std::ptr::eq(*one, *other),
            _ => false,
        }
    }

    /// Returns a number that is the same for the same function in every process.
    fn number(&self) -> u64 {
        match self {
            Function::Lua(proto) => {
                let seed = 0xcbf2_9ce4_8422_2325 ^ u64::from(proto.line_defined) << 20;
                let source = proto.source.iter().take(256);
                source.fold(seed, |hash, byte| {
                    (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
                })
            }
            Function::Native(def) => def.id(),
        }
    }

    /// Returns how it is shown if its caller calls it so.
    pub(in crate::vm) fn shown(&self, called: Option<&[u8]>) -> Shown {
        let called = called
            .map(|name| String::from_utf8_lossy(&name[..name.len().min(LONGEST)]).into_owned());
        match self {
            Function::Lua(proto) => {
                let chunk = String::from_utf8_lossy(&chunk_id(&proto.source)).into_owned();
                let line = proto.line_defined;
                let name = match called {
                    _ if line == 0 => "main chunk".to_owned(),
                    Some(name) => name,
                    None => "function".to_owned(),
                };
                Shown { name, place: Some((chunk, line)) }
            }
            Function::Native(def) if def.name.is_empty() => {
                Shown { name: called.unwrap_or_else(|| "?".to_owned()), place: None }
            }
            Function::Native(def) => Shown { name: def.name.to_owned(), place: None },
        }
    }
}

/// One way down the stack.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The way to its caller; its own number for the first.
    pub(crate) parent: u32,
    /// The function, a number among [`Tree::functions`].
    pub(crate) function: u32,
    /// Units that were used there, and not further down.
    pub(crate) fuel: u64,
}

/// A frame that is known, and where it stands.
#[derive(Debug)]
struct Known {
    function: Function,
    node: u32,
}

/// The frames of a thread that are known.
#[derive(Debug)]
struct Stack {
    thread: u64,
    /// Where its first function stands.
    below: u32,
    frames: Vec<Known>,
}

/// Everything that is known of where fuel went.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The functions, in the order they were first called.
    pub(crate) functions: Vec<Shown>,
    /// The ways down the stack, callers before what they call.
    pub(crate) nodes: Vec<Node>,
    numbers: BTreeMap<Shown, u32>,
    children: BTreeMap<(u32, u32), u32>,
    /// Ways by their callers, the instructions that call, and what is called.
    sites: BTreeMap<(u32, u32, u64), u32>,
    stacks: Vec<Stack>,
    /// Units used when something was last counted.
    at: u64,
    /// Where the first unit since then belongs, and where the others do.
    own: u32,
    rest: u32,
}

impl Default for Tree {
    fn default() -> Tree {
        let run = Shown { name: "run".to_owned(), place: None };
        Tree {
            functions: vec![run],
            nodes: vec![Node { parent: ROOT, function: 0, fuel: 0 }],
            numbers: BTreeMap::new(),
            children: BTreeMap::new(),
            sites: BTreeMap::new(),
            stacks: Vec::new(),
            at: 0,
            own: ROOT,
            rest: ROOT,
        }
    }
}

impl Tree {
    /// Counts what was used until now.
    pub(in crate::vm) fn count(&mut self, used: u64) {
        let units = used.saturating_sub(self.at);
        self.at = self.at.max(used);
        // The instruction that was seen is its function's; what it charged is perhaps not.
        let first = units.min(1);
        for (node, units) in [(self.own, first), (self.rest, units - first)] {
            if let Some(node) = self.nodes.get_mut(node as usize) {
                node.fuel += units;
            }
        }
    }

    /// Says where what is used from now on belongs: the next unit, and those after it.
    pub(in crate::vm) fn goes_on(&mut self, own: u32, rest: u32) {
        (self.own, self.rest) = (own, rest);
    }

    /// Returns the way from a node to what it calls at an instruction. `shown` says how that
    /// is shown, if it is seen for the first time.
    pub(in crate::vm) fn way(
        &mut self,
        from: u32,
        pc: u32,
        function: &Function,
        shown: impl FnOnce() -> Shown,
    ) -> u32 {
        let site = (from, pc, function.number());
        if let Some(node) = self.sites.get(&site) {
            return *node;
        }
        if self.sites.len() >= MOST_NODES {
            return from;
        }
        let shown = shown();
        let number = match self.numbers.get(&shown) {
            Some(number) => *number,
            None => {
                let number = self.functions.len() as u32;
                self.functions.push(shown.clone());
                self.numbers.insert(shown, number);
                number
            }
        };
        let node = *self.children.entry((from, number)).or_insert_with(|| {
            self.nodes.push(Node { parent: from, function: number, fuel: 0 });
            self.nodes.len() as u32 - 1
        });
        self.sites.insert(site, node);
        node
    }

    /// Makes the frames of a thread the ones that run. Those above `depth` are forgotten.
    pub(in crate::vm) fn turn_to(&mut self, thread: u64, depth: usize) {
        match self.stacks.iter().position(|stack| stack.thread == thread) {
            Some(at) => self.stacks.truncate(at + 1),
            None => {
                let below = self.innermost().0;
                self.stacks.push(Stack { thread, below, frames: Vec::new() });
                // Threads that nobody goes back to.
                if self.stacks.len() > DEEPEST {
                    self.stacks.remove(1);
                }
            }
        }
        if let Some(stack) = self.stacks.last_mut() {
            stack.frames.truncate(depth);
        }
    }

    /// Forgets the innermost frames that do not run these functions any more. `is` gives the
    /// function of a frame.
    pub(in crate::vm) fn forget(&mut self, is: impl Fn(usize) -> Option<Function>) {
        let Some(stack) = self.stacks.last_mut() else { return };
        while let Some(known) = stack.frames.last()
            && !is(stack.frames.len() - 1).is_some_and(|function| function.is(&known.function))
        {
            stack.frames.pop();
        }
    }

    /// Returns where the innermost frame that is known stands, and how many are.
    pub(in crate::vm) fn innermost(&self) -> (u32, usize) {
        self.stacks.last().map_or((ROOT, 0), |stack| {
            (stack.frames.last().map_or(stack.below, |known| known.node), stack.frames.len())
        })
    }

    /// Returns where the frame below the innermost one stands.
    pub(in crate::vm) fn caller(&self) -> u32 {
        self.stacks.last().map_or(ROOT, |stack| {
            let below = stack.frames.len().checked_sub(2);
            below.and_then(|at| stack.frames.get(at)).map_or(stack.below, |known| known.node)
        })
    }

    /// Adds a frame on top.
    pub(in crate::vm) fn enter(&mut self, function: Function, node: u32) {
        if let Some(stack) = self.stacks.last_mut() {
            stack.frames.push(Known { function, node });
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    /// Made when it is asked for: most sessions have none.
    tree: RefCell<Option<Box<Tree>>>,
    on: Cell<bool>,
}

impl Profile {
    /// Counts from now on.
    pub(crate) fn turn_on(&self) {
        self.on.set(true);
        self.tree.borrow_mut().get_or_insert_default();
    }

    /// Tells whether anything is counted.
    #[inline(always)]
    pub(crate) fn is_on(&self) -> bool {
        self.on.get()
    }

    /// Works with the tree, if there is one.
    pub(crate) fn with(&self, work: impl FnOnce(&mut Tree)) {
        if let Some(tree) = self.tree.borrow_mut().as_mut() {
            work(tree);
        }
    }

    /// Begins a run, whose fuel is counted from zero.
    pub(crate) fn begin(&self) {
        self.with(|tree| {
            tree.stacks.clear();
            tree.at = 0;
            tree.goes_on(ROOT, ROOT);
        });
    }

    /// A run goes on that used so much elsewhere.
    pub(crate) fn go_on(&self, used: u64) {
        self.with(|tree| tree.at = used);
    }

    /// Ends a run that has used so much.
    pub(crate) fn end(&self, used: u64) {
        self.with(|tree| tree.count(used));
        self.begin();
    }
}
