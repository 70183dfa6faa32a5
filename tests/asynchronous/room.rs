//! Calls made at once hold what they answer, or will answer, beside each other: all of it is in
//! the memory of their run.

use moonfuel::{
    Chunk, HostCx, HostFuture, HostValue, Limits, Reply, Run, Session, SessionBuilder, Step, Usage,
};

const MIB: usize = 1 << 20;

fn limited() -> SessionBuilder {
    let limits = Limits { memory: 8 << 20, fuel: 100_000_000, ..Limits::default() };
    Session::builder().limits(limits)
}

const MANY: &str = "
    local garbage = ('x'):rep(4000000) garbage = nil
    local calls = {} for i = 1, args do calls[i] = {big, 1 << 20} end
    local done, all = pcall(host.all, calls)
    return done, done and #all or all";

/// Goes on until all of the run's calls wait.
fn waiting(count: i64) -> (Run, usize) {
    let session = limited().pending_function("big").build().unwrap();
    let args = serde_json::json!(count);
    let mut run = session.start(Chunk::new(MANY.as_bytes()).args(args));
    loop {
        match run.step(u64::MAX) {
            Step::Pending(calls) => return (run, calls.len()),
            Step::Ended => panic!("it waits"),
            _ => {}
        }
    }
}

fn ended(mut run: Run) -> (String, Usage) {
    while !run.step(u64::MAX).is_ended() {}
    let report = run.finish().1;
    (report.json().unwrap().to_owned(), report.usage)
}

#[test]
fn answers_without_room_are_refused_in_any_order_and_not_kept() {
    for (count, expected) in
        [(3, "[true,3]"), (6, "[true,6]"), (30, r#"[false,"not enough memory"]"#)]
    {
        let mut usages = Vec::new();
        for backwards in [false, true] {
            for stepped in [false, true] {
                let (mut run, calls) = waiting(count);
                assert_eq!(calls, count as usize);
                for at in 0..count as u64 {
                    let id = if backwards { count as u64 - at } else { at + 1 };
                    // Of different sizes, so that the order might matter.
                    let bytes = MIB - 1000 * id as usize;
                    run.answer(id, Ok(vec![HostValue::String(vec![b'x'; bytes])])).unwrap();
                    if stepped {
                        run.step(u64::MAX);
                    }
                }
                let (values, usage) = ended(run);
                assert_eq!(values, expected);
                usages.push(usage);
            }
        }
        assert!(usages.iter().all(|usage| *usage == usages[0]), "{count}: {usages:?}");
    }
}

#[test]
fn what_begun_calls_hold_is_not_there_for_the_next() {
    let mut session = limited()
        .function_with("big", |cx: &mut HostCx<'_>, bytes: usize| {
            cx.reserve(bytes)?;
            Ok(Reply::Future(HostFuture::new(async { Ok(vec!["done".into()]) })))
        })
        .build()
        .unwrap();
    let code = "local calls = {} for i = 1, 20 do calls[i] = {big, 1 << 20} end
        local done = 0
        local refused = {}
        for i, one in ipairs(host.all(calls)) do
            if one.ok then done = done + 1 else refused[one.error] = true end
        end
        return done, next(refused), big(7 << 20)";
    let report = session.run(code);
    assert_eq!(report.json().unwrap(), r#"[7,"not enough memory","done"]"#);
}
