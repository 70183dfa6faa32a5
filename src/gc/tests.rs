//! Random graphs, held against a plain model: what a collection frees is exactly what cannot
//! be reached, and what it leaves is as it was.

#![expect(unsafe_code, reason = "implements the traits of collected types")]

use super::{Allowance, Arena, Collect, Gc, GcWeak, Kind, Mutation, Object, Trace, rootable};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

thread_local! {
    static DROPPED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

struct Node<'gc> {
    id: u64,
    edges: RefCell<Vec<Any<'gc>>>,
    check: [u64; 5],
}

struct Leaf {
    id: u64,
    check: u32,
}

struct Ordered {
    id: u64,
}

#[derive(Clone, Copy)]
enum Any<'gc> {
    Node(Gc<'gc, Node<'gc>>),
    Leaf(Gc<'gc, Leaf>),
    Ordered(Gc<'gc, Ordered>),
}

macro_rules! logs_its_end {
    ($($type:ty),*) => {$(
        impl Drop for $type {
            fn drop(&mut self) {
                DROPPED.with_borrow_mut(|dropped| dropped.push(self.id));
            }
        }
    )*};
}
logs_its_end!(Node<'_>, Leaf, Ordered);

// SAFETY: the edges are all the pointers.
unsafe impl<'gc> Collect<'gc> for Node<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        self.edges.borrow().iter().for_each(|edge| cc.trace(edge));
    }
}
// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for Node<'gc> {
    const KIND: Kind = Kind::TestNode;
}
// SAFETY: holds no pointers.
unsafe impl<'gc> Collect<'gc> for Leaf {
    const NEEDS_TRACE: bool = false;
}
// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for Leaf {
    const KIND: Kind = Kind::TestLeaf;
}
// SAFETY: holds no pointers.
unsafe impl<'gc> Collect<'gc> for Ordered {
    const NEEDS_TRACE: bool = false;
}
// SAFETY: the kind is this type's alone.
unsafe impl<'gc> Object<'gc> for Ordered {
    const KIND: Kind = Kind::TestOrdered;
    const ORDERED: bool = true;

    fn age(&self) -> u64 {
        self.id
    }
}
// SAFETY: every pointer is traced.
unsafe impl<'gc> Collect<'gc> for Any<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        match self {
            Any::Node(node) => cc.trace(node),
            Any::Leaf(leaf) => cc.trace(leaf),
            Any::Ordered(ordered) => cc.trace(ordered),
        }
    }
}

impl<'gc> Any<'gc> {
    fn make(mc: &Mutation<'gc>, kind: u64, id: u64) -> Any<'gc> {
        match kind {
            0 | 1 => {
                let edges = RefCell::default();
                Any::Node(Gc::new(mc, Node { id, edges, check: [!id; 5] }))
            }
            2 => Any::Leaf(Gc::new(mc, Leaf { id, check: !id as u32 })),
            _ => Any::Ordered(Gc::new(mc, Ordered { id })),
        }
    }

    fn erase(self) -> Gc<'gc, ()> {
        match self {
            Any::Node(node) => Gc::erase(node),
            Any::Leaf(leaf) => Gc::erase(leaf),
            Any::Ordered(ordered) => Gc::erase(ordered),
        }
    }

    /// Returns the id, after a look at all that is in the object.
    fn id(self) -> u64 {
        match self {
            Any::Node(node) => {
                assert_eq!(node.check, [!node.id; 5]);
                node.id
            }
            Any::Leaf(leaf) => {
                assert_eq!(leaf.check, !leaf.id as u32);
                leaf.id
            }
            Any::Ordered(ordered) => ordered.id,
        }
    }
}

/// The root: strong places, and every object there is with its weak pointer.
struct Root<'gc> {
    strong: RefCell<Vec<Option<Any<'gc>>>>,
    all: RefCell<BTreeMap<u64, (Any<'gc>, GcWeak<'gc, ()>)>>,
    /// Traced while it is set: shows that a trace sees what the root holds now.
    extra: Cell<Option<Any<'gc>>>,
}

// SAFETY: `all` is weak, and is purged in each collection before the sweep.
unsafe impl<'gc> Collect<'gc> for Root<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        self.strong.borrow().iter().flatten().for_each(|any| cc.trace(any));
        if let Some(extra) = self.extra.get() {
            cc.trace(&extra);
        }
    }
}

type Graph = Arena<rootable!['gc => Root<'gc>]>;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

#[derive(Default)]
struct Model {
    edges: BTreeMap<u64, Vec<u64>>,
    strong: Vec<Option<u64>>,
}

impl Model {
    fn reach(&self, from: impl IntoIterator<Item = u64>, seen: &mut BTreeSet<u64>) {
        let mut wait: Vec<u64> = from.into_iter().collect();
        while let Some(id) = wait.pop() {
            if seen.insert(id) {
                wait.extend(&self.edges[&id]);
            }
        }
    }
}

fn new_graph() -> Graph {
    Arena::new(|_| Root {
        strong: RefCell::new(vec![None; 20]),
        all: RefCell::default(),
        extra: Cell::new(None),
    })
}

fn collect(graph: &mut Graph, model: &mut Model, random: &mut Random) {
    let mut alive = BTreeSet::new();
    model.reach(model.strong.iter().flatten().copied(), &mut alive);
    // Some of the dead are called back.
    let dead: Vec<u64> = model.edges.keys().filter(|id| !alive.contains(id)).copied().collect();
    let back: Vec<u64> = dead.iter().filter(|_| random.below(20) == 0).copied().collect();
    while !graph.mark_some(&Allowance::of(random.below(20))) {}
    graph.when_marked(|fc, root| {
        for (id, (any, weak)) in root.all.borrow().iter() {
            assert_eq!(weak.is_dead(fc), dead.contains(id));
            assert_eq!(Gc::is_dead(fc, any.erase()), dead.contains(id));
        }
        for id in &back {
            let _ = root.all.borrow()[id].1.resurrect(fc);
        }
    });
    model.reach(back, &mut alive);
    graph.when_marked(|fc, root| root.all.borrow_mut().retain(|_, (_, weak)| !weak.is_dead(fc)));
    DROPPED.with_borrow_mut(Vec::clear);
    while !graph.sweep_some(&Allowance::of(random.below(200))) {}
    assert!(!graph.is_collecting());
    assert_eq!(graph.live_objects(), alive.len());
    let mut dropped = DROPPED.take();
    let before: Vec<u64> = model.edges.keys().copied().collect();
    model.edges.retain(|id, _| alive.contains(id));
    dropped.sort_unstable();
    let expected: Vec<u64> = before.into_iter().filter(|id| !alive.contains(id)).collect();
    assert_eq!(dropped, expected);
    graph.mutate(|_, root| {
        let all = root.all.borrow();
        assert!(all.keys().copied().eq(alive.iter().copied()));
        for (id, (any, _)) in all.iter() {
            assert_eq!(any.id(), *id);
            if let Any::Node(node) = any {
                let edges: Vec<u64> = node.edges.borrow().iter().map(|edge| edge.id()).collect();
                assert_eq!(edges, model.edges[id]);
            }
        }
    });
}

fn step(graph: &mut Graph, model: &mut Model, random: &mut Random, next: &mut u64) {
    let slot = random.below(20) as usize;
    let ids: Vec<u64> = model.edges.keys().copied().collect();
    let mut some = |ids: &[u64]| ids.get(random.below(ids.len() as u64) as usize).copied();
    let (from, to) = (some(&ids), some(&ids));
    match random.below(10) {
        0..4 => {
            for _ in 0..random.below(60) {
                let (kind, id) = (random.below(4), *next);
                *next += 1;
                graph.mutate(|mc, root| {
                    let any = Any::make(mc, kind, id);
                    let weak = Gc::downgrade(any.erase());
                    root.all.borrow_mut().insert(id, (any, weak));
                    if id % 8 == 0 {
                        root.strong.borrow_mut()[slot] = Some(any);
                    }
                });
                model.edges.insert(id, Vec::new());
                if id % 8 == 0 {
                    model.strong.resize(20, None);
                    model.strong[slot] = Some(id);
                }
            }
        }
        4..8 => {
            let (Some(from), Some(to)) = (from, to) else { return };
            graph.mutate(|mc, root| {
                let all = root.all.borrow();
                if let Any::Node(node) = all[&from].0 {
                    mc.backward_barrier(Gc::erase(node), Some(all[&to].0.erase()));
                    node.edges.borrow_mut().push(all[&to].0);
                    model.edges.entry(from).or_default().push(to);
                }
            });
        }
        8 => {
            let Some(from) = from else { return };
            graph.mutate(|mc, root| {
                if let Any::Node(node) = root.all.borrow()[&from].0 {
                    mc.backward_barrier(Gc::erase(node), None);
                    node.edges.borrow_mut().pop();
                    model.edges.entry(from).or_default().pop();
                }
            });
        }
        _ => {
            graph.mutate(|_, root| root.strong.borrow_mut()[slot] = None);
            model.strong.resize(20, None);
            model.strong[slot] = None;
        }
    }
}

/// How much is done, of so much: Miri is slow.
const fn some(all: u64) -> u64 {
    if cfg!(miri) { all / 30 } else { all }
}

#[test]
fn what_is_freed_is_what_cannot_be_reached() {
    for seed in 1..=some(30) {
        let mut random = Random(seed * 0x9E37_79B9);
        let (mut graph, mut model, mut next) = (new_graph(), Model::default(), 0);
        for _ in 0..some(3000) / 5 {
            step(&mut graph, &mut model, &mut random, &mut next);
            if random.below(25) == 0 {
                collect(&mut graph, &mut model, &mut random);
            }
        }
        DROPPED.with_borrow_mut(Vec::clear);
        drop(graph);
        // Each object that was left is dropped with the arena, once.
        let mut dropped = DROPPED.take();
        dropped.sort_unstable();
        assert!(dropped.into_iter().eq(model.edges.keys().copied()));
    }
}

#[test]
fn what_must_be_dropped_in_order_is() {
    let in_order = |dropped: Vec<u64>| {
        let ordered: Vec<u64> = dropped.into_iter().filter(|id| id % 2 == 0).collect();
        assert!(ordered.is_sorted_by(|a, b| a > b), "{ordered:?}");
        ordered.len()
    };
    for allowed in [1, 100, u64::MAX] {
        let mut graph = new_graph();
        graph.mutate(|mc, root| {
            for id in 0..some(3000) {
                let any = Any::make(mc, 3 - id % 2, id);
                if id % 5 == 0 {
                    root.strong.borrow_mut().push(Some(any));
                }
            }
        });
        DROPPED.with_borrow_mut(Vec::clear);
        graph.mark_some(&Allowance::endless());
        let mut pieces = 1;
        while !graph.sweep_some(&Allowance::of(allowed)) {
            pieces += 1;
        }
        assert!(pieces > some(1200) || allowed > 1);
        assert_eq!(in_order(DROPPED.take()) as u64, some(1200));
        drop(graph);
        assert_eq!(in_order(DROPPED.take()) as u64, some(300));
    }
}

#[test]
fn an_arena_may_end_in_the_midst_of_a_collection() {
    // Enough for as many pieces.
    let objects = if cfg!(miri) { 1000 } else { 3000 };
    for pieces in [1, 3, 40, 600] {
        let mut graph = new_graph();
        graph.mutate(|mc, root| {
            for id in 0..objects {
                let any = Any::make(mc, id % 4, id);
                if id % 5 == 0 {
                    root.strong.borrow_mut().push(Some(any));
                }
            }
        });
        DROPPED.with_borrow_mut(Vec::clear);
        let mut marked = false;
        for _ in 0..pieces {
            marked = marked || graph.mark_some(&Allowance::of(8));
            if marked && graph.sweep_some(&Allowance::of(8)) {
                break;
            }
        }
        assert!(pieces == 600 || graph.is_collecting());
        drop(graph);
        let mut dropped = DROPPED.take();
        dropped.sort_unstable();
        assert!(dropped.into_iter().eq(0..objects), "{pieces}");
    }
}

#[cfg(not(moonfuel_checked))]
#[test]
fn memory_is_used_again() {
    let mut graph = new_graph();
    let mut addresses = BTreeSet::new();
    for round in 0..some(60).min(50) {
        let more: Vec<usize> = graph.mutate(|mc, _| {
            (0..some(5000))
                .map(|id| Gc::as_ptr(Any::make(mc, round % 3, id).erase()).addr())
                .collect()
        });
        addresses.extend(more.into_iter().map(|address| address / super::page::PAGE));
        graph.sweep();
        assert_eq!(graph.live_objects(), 0);
    }
    // 5,000 nodes of 80 bytes are 26 pages; what is given back comes again elsewhere.
    assert!(addresses.len() < 200, "{} pages", addresses.len());
}

#[test]
fn an_arena_with_few_objects_takes_little() {
    let mut graph = new_graph();
    let pages: BTreeSet<usize> = graph.mutate(|mc, _| {
        let some = (0..12).map(|id| Any::make(mc, id % 4, id).erase());
        some.map(|object| Gc::as_ptr(object).addr() / super::page::PAGE).collect()
    });
    assert_eq!(pages.len(), 1);
}

/// Others are made meanwhile, which would lie in its place.
#[cfg(moonfuel_checked)]
#[test]
#[should_panic(expected = "a pointer to what was freed")]
fn a_use_of_what_was_freed_is_found() {
    let mut graph = new_graph();
    let freed = graph.mutate(|mc, _| Gc::as_ptr(Gc::new(mc, Leaf { id: 1, check: 1 })).addr());
    for round in 0..3 {
        graph.sweep();
        graph.mutate(|mc, _| {
            for id in 0..500 {
                Any::make(mc, round, id);
            }
        });
    }
    graph.mutate(|_, _| {
        let at = std::ptr::with_exposed_provenance::<Leaf>(freed);
        // SAFETY: none; that is what is to be found before anything is read.
        let leaf: Gc<'_, Leaf> = unsafe { Gc::from_ptr(at) };
        leaf.id
    });
}
