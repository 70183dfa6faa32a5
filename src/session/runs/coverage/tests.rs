//! What there is no room for.

use crate::Session;

#[test]
fn long_texts_are_left_out_as_many_functions_are() {
    let mut session = Session::builder().coverage(true).build().unwrap();
    session.machine.0.enter(|ctx| ctx.state.coverage.set_most(4096));
    // Some 640 instructions each.
    let source = "local text = ('x'):rep(20000)
        for i = 1, 20 do load(('\\n'):rep(i) .. 'return \"' .. text .. '\"')() end";
    assert!(session.run(source).is_done());
    assert_eq!(session.coverage().left_out, 14);
}

#[test]
fn too_many_functions_are_left_out_and_said() {
    let mut session = Session::builder().coverage(true).build().unwrap();
    session.machine.0.enter(|ctx| ctx.state.coverage.set_most(1000));
    let source = "for i = 1, 50 do load('local a = ' .. i .. ('\\na = 1'):rep(100), '=big')() end";
    assert!(session.run(source).is_done());
    let coverage = session.coverage();
    assert_eq!(coverage.left_out, 44);
    let report = coverage.to_string();
    assert!(report.ends_with("44 functions were not counted: there are too many\n"), "{report}");
}
