//! A host for random scripts: functions of every kind, with answers that follow from a seed.

use super::map::map;
use super::prng::Prng;
use super::scripts::Words;
use moonfuel::host::audit::Audit;
use moonfuel::host::gate::Gate;
use moonfuel::host::policy::Rules;
use moonfuel::{
    Decode, Function, HostCx, HostError, HostFunction, HostKey, HostValue, Limits, Methods, Object,
    Outcome, Profile, Reply, Run, Session, SessionBuilder, Step, Tier, UserData, Variadic,
};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// A script, and all that its end depends on.
#[derive(Clone, Debug)]
pub struct Plan {
    pub source: String,
    pub words: Words,
    pub profile: Profile,
    pub atomic: bool,
    pub policy: bool,
    pub keep_null: bool,
    pub limits: Limits,
    pub run_limits: Limits,
    pub seed: u64,
    /// The host stops the run when this call waits.
    pub stop_at: Option<u64>,
}

/// What the host keeps of one process.
#[derive(Clone)]
pub struct World {
    pub gate: Gate,
    pub kept: Arc<Mutex<Vec<Function>>>,
}

impl World {
    pub fn new() -> World {
        let rules = "tier = 'execute'\nrequires_consent = ['host.reserve']\n[rate_of]\n'host.make' = { calls = 5, window_ms = 1000 }";
        let rules = Rules::from_toml(rules).unwrap();
        let gate = Gate::with_audit(rules, "moments", Audit::with_room(10_000)).clock(|| 1_000_000);
        World { gate, kept: Arc::default() }
    }

    /// The log, without what differs by nature.
    pub fn log(&self) -> Vec<String> {
        let entries = self.gate.audit().entries();
        let shown = entries.iter().map(|entry| {
            let mut json = entry.to_json();
            for field in ["id", "duration_us", "run", "at"] {
                json.as_object_mut().unwrap().remove(field);
            }
            json.to_string()
        });
        // A call that was saved, or is left open, is in the logs of two processes.
        let twice = ["\"rule\":\"saved\"", "\"rule\":\"abandoned\""];
        shown.filter(|line: &String| !twice.iter().any(|rule| line.contains(rule))).collect()
    }
}

/// Makes some value of a number.
pub fn value(prng: &mut Prng, depth: usize) -> HostValue {
    match prng.below(if depth > 3 { 12 } else { 18 }) {
        0 => HostValue::Nil,
        1 => HostValue::Null,
        2 => true.into(),
        3 => HostValue::Number(f64::NAN),
        4 => HostValue::Number(-0.0),
        5 => HostValue::Number(f64::INFINITY),
        6 => HostValue::Integer(i64::MIN),
        7 => HostValue::Integer(prng.range(-5, 5)),
        8 => HostValue::String(vec![0xff, 0, 0xfe]),
        9 => "x".repeat(prng.below(3000)).into(),
        10 => HostValue::Opaque("thread"),
        11 => HostValue::Number(2.0),
        12 => HostValue::array((0..prng.below(400)).map(|i| HostValue::Integer(i as i64))),
        13 | 14 => HostValue::array((0..prng.below(4)).map(|_| value(prng, depth + 1))),
        15 => HostValue::Object(vec![
            (HostKey::from("k"), value(prng, depth + 1)),
            (HostKey::Integer(7), value(prng, depth + 1)),
            (HostKey::from("k2"), value(prng, depth + 1)),
        ]),
        16 => {
            let mut nested = HostValue::Integer(1);
            for _ in 0..prng.below(140) {
                nested = HostValue::Array(vec![nested]);
            }
            nested
        }
        _ => {
            HostValue::object((0..prng.below(5)).map(|i| (format!("f{i}"), value(prng, depth + 1))))
        }
    }
}

fn values(prng: &mut Prng) -> Vec<HostValue> {
    (0..prng.below(4)).map(|_| value(prng, 0)).collect()
}

struct Count(i64, i64);

impl HostFunction for Count {
    fn call(&mut self, cx: &mut HostCx<'_>, _: &mut [HostValue]) -> Result<Reply, HostError> {
        self.0 += 1;
        let now = self.0;
        cx.remember(|| now.to_le_bytes().to_vec());
        Ok(Reply::Now(vec![now.into()]))
    }
    fn remembered(&self) -> Vec<Vec<u8>> {
        vec![self.0.to_le_bytes().to_vec(), [self.1.to_le_bytes().as_slice(), b"k"].concat()]
    }
    fn recall(&mut self, note: &[u8]) {
        match <[u8; 8]>::try_from(note) {
            Ok(bytes) => self.0 = i64::from_le_bytes(bytes),
            Err(_) => self.1 = i64::from_le_bytes(note[..8].try_into().unwrap()),
        }
    }
    fn run_ended(&mut self, kept: bool) {
        if kept {
            self.1 = self.0;
        } else {
            self.0 = self.1;
        }
    }
}

pub struct Thing(pub i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";
    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("number", |this, ()| Ok(this.0));
        // Not in the object: what methods change is not undone.
        methods.method("add", |this, more: i64| Ok(this.0 + more));
        methods.method_with("each", |_, _, f: Function| {
            Reply::call(&f.clone(), 1, move |_, got: Result<HostValue, HostError>| {
                let got = got?;
                Reply::call(&f, got, |_, got: Result<HostValue, HostError>| got)
            })
        });
        methods.index(|_, key: String| Ok(format!("index {key}")));
        methods.call(|_, args: Variadic<HostValue>| Ok(args));
        methods.len(|this| Ok(this.0));
        methods.to_string(|this| Ok(format!("thing {}", this.0)));
        methods.close(|_| Ok(()));
        methods.operator("__add", |cx, (a, b): (Object<Thing>, i64)| {
            let sum = cx.with(&a, |a| a.0 + b)?;
            cx.object(Thing(sum))
        });
        methods.operator("__lt", |cx, (a, b): (Object<Thing>, Object<Thing>)| {
            let one = cx.with(&a, |a| a.0)?;
            cx.with(&b, |b| one < b.0)
        });
    }
    fn save(&self) -> Option<Vec<u8>> {
        Some(self.0.to_le_bytes().to_vec())
    }
    fn restore(bytes: &[u8]) -> Option<Self> {
        Some(Thing(i64::from_le_bytes(bytes.try_into().ok()?)))
    }
}

pub fn builder(plan: &Plan, world: &World, key: u64) -> SessionBuilder {
    let seed = plan.seed;
    let kept = Arc::clone(&world.kept);
    let builder = Session::builder()
        .limits(plan.limits.clone())
        .profile(plan.profile)
        .atomic(plan.atomic)
        .keep_null(plan.keep_null)
        .decode(Decode::All)
        .seed(7)
        .hash_key(key)
        .function("host.echo", |args: Variadic<HostValue>| Ok(args))
        .function("host.make", move |(n, rest): (i64, Variadic<HostValue>)| {
            Ok(match n % 9 {
                // Nothing that a script can be given.
                5 => (0..150).fold(rest.0.into(), |inner, _| HostValue::Array(vec![inner])),
                _ => value(&mut Prng::new(seed, n as u64), 0),
            })
        })
        .function("host.fail", move |n: i64| -> Result<(), HostError> {
            Err(failure(seed, n as u64))
        })
        .function_with("host.call", |_, (f, arg): (Function, HostValue)| {
            Reply::call(&f, arg, |_, got: Result<Variadic<HostValue>, HostError>| got)
        })
        .function_with("host.each", |_, (items, f): (Vec<HostValue>, Function)| {
            map(f, items, Vec::new())
        })
        .function_with("host.charge", |cx, n: Option<u64>| cx.charge(n.unwrap_or(3)))
        .function_with("host.reserve", |cx, n: usize| {
            cx.reserve(n)?;
            cx.charge(n as u64 / 64)?;
            Ok("x".repeat(n / 2))
        })
        .host("host.count", Count(0, 0))
        .function("host.keep", move |f: Function| {
            kept.lock().unwrap().push(f);
            Ok(())
        })
        .async_function("host.later", async |n: u32| {
            let mut left = n;
            poll_fn(move |cx| {
                if left == 0 {
                    return Poll::Ready(());
                }
                left -= 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            if n == 3 { Err(HostError::new("too late")) } else { Ok(n) }
        })
        .pending_function("host.ask")
        .pending_function("net.get")
        .object::<Thing>()
        .function_with("host.thing", |cx, number: i64| cx.object(Thing(number)))
        .event_bus("bus")
        .module("counter", "local n = 0 return {next = function() n = n + 1 return n end}");
    let builder = [
        "net.get",
        "thing.number",
        "thing.each",
        "thing.add",
        "thing.__len",
        "thing.__close",
        "thing.__call",
        "thing.__index",
    ]
    .iter()
    .fold(builder, |builder, name| {
        builder.declare(moonfuel::Declaration::new(*name).tier(Tier::Write))
    });
    let names = [
        "echo", "make", "fail", "call", "each", "charge", "reserve", "count", "keep", "later",
        "ask", "thing",
    ];
    let builder = names.iter().fold(builder, |builder, name| {
        builder.declare(moonfuel::Declaration::new(format!("host.{name}")).tier(Tier::Write))
    });
    if plan.policy { builder.policy(world.gate.clone()) } else { builder }
}

fn failure(seed: u64, n: u64) -> HostError {
    let mut prng = Prng::new(seed, n ^ 0x55);
    if prng.chance(500) {
        HostError::new(format!("failed {n}"))
    } else {
        HostError::value(value(&mut prng, 0))
    }
}

/// Answers what the run waits for; tells whether it goes on.
pub fn respond(plan: &Plan, run: &mut Run, step: Step, order: &mut Prng) {
    match step {
        Step::Pending(mut calls) => {
            if plan.stop_at.is_some_and(|at| calls.iter().any(|call| call.id >= at)) {
                run.stop(if plan.seed.is_multiple_of(2) {
                    Outcome::Deadline
                } else {
                    Outcome::Cancelled
                });
                return;
            }
            while !calls.is_empty() {
                let call = calls.swap_remove(order.below(calls.len()));
                let mut prng = Prng::new(plan.seed, call.id ^ 0xa5a5);
                match prng.below(10) {
                    0 => run.answer(call.id, Err(failure(plan.seed, call.id))).unwrap(),
                    1 => run.deny(call.id, "denied").unwrap(),
                    2..=5 => run.answer(call.id, Ok(call.args.clone())).unwrap(),
                    _ => run.answer(call.id, Ok(values(&mut prng))).unwrap(),
                }
            }
        }
        Step::Yielded(_) => {
            let mut prng = Prng::new(plan.seed, 0x1e1d);
            if prng.chance(700) {
                run.resume_with(values(&mut prng)).unwrap();
            }
        }
        _ => {}
    }
}
