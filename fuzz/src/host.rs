//! A host with functions of every kind, for the checks that run scripts with one.

use moonfuel::{
    Chunk, Function, HostError, HostValue, Limits, Methods, Profile, Reply, Report, Run, Session,
    SessionBuilder, Step, UserData, Variadic,
};

/// An object of the host's.
struct Thing(i64);

impl UserData for Thing {
    const NAME: &'static str = "thing";

    fn add_methods(methods: &mut Methods<Self>) {
        methods.method("add", |this, n: i64| {
            this.0 = this.0.wrapping_add(n);
            Ok(this.0)
        });
    }
}

pub(crate) fn limits() -> Limits {
    Limits {
        fuel: 12_000,
        memory: 1 << 20,
        output: 2 << 10,
        host_calls: 50,
        source: 64 << 10,
        ..Limits::default()
    }
}

/// Functions that answer at once, later, by a callback, and not at all.
pub(crate) fn builder(hash_key: u64) -> SessionBuilder {
    let mut count = 0;
    Session::builder()
        .profile(Profile::Strict)
        .limits(limits())
        .hash_key(hash_key)
        .function("echo", |args: Variadic<HostValue>| Ok(args))
        .function("count", move |()| {
            count += 1;
            Ok(count)
        })
        .function("fail", |text: Option<String>| -> Result<(), HostError> {
            Err(HostError::new(text.unwrap_or_default()))
        })
        .function_with("call", |_, (function, value): (Function, HostValue)| {
            Reply::call(&function, value, |_, result: Result<HostValue, HostError>| result)
        })
        .object::<Thing>()
        .function_with("thing", |cx, number: i64| cx.object(Thing(number)))
        .pending_function("ask")
        .module("m", "local n = 0 return {next = function() n = n + 1 return n end}")
}

/// Steps a run to its end and answers what it asks. Tells whether it asked anything.
pub(crate) fn finish(mut run: Run, mut slice: impl FnMut() -> u64) -> (Session, Report, bool) {
    let mut waited = false;
    while answer(&mut run, slice(), &mut waited) {}
    let (session, report) = run.finish();
    (session, report, waited)
}

/// Takes a step and answers what it asks. Tells whether there are more.
pub(crate) fn answer(run: &mut Run, slice: u64, waited: &mut bool) -> bool {
    match run.step(slice) {
        Step::Ended => return false,
        Step::Pending(calls) => {
            *waited = true;
            for call in &calls {
                let answer = match call.args.first() {
                    Some(HostValue::Boolean(false)) => Err(HostError::new("no")),
                    _ => Ok(call.args.clone()),
                };
                run.answer(call.id, answer).unwrap();
            }
        }
        Step::Yielded(values) => {
            *waited = true;
            run.resume_with(values).unwrap();
        }
        _ => {}
    }
    true
}

pub(crate) fn chunk(source: &[u8]) -> Chunk<'_> {
    Chunk::new(source).named("=fuzz")
}
