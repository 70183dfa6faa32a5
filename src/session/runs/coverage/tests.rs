//! What there is no room for.

use crate::Session;

#[test]
fn too_many_functions_are_left_out_and_said() {
    let mut session = Session::builder().coverage(true).build().unwrap();
    session.machine.0.enter(|ctx| ctx.state.coverage.set_most(1000));
    let source = "for i = 1, 50 do load('local a = ' .. i .. ('\\na = 1'):rep(100), '=big')() end";
    assert!(session.run(source).is_done());
    let coverage = session.coverage();
    assert_eq!(coverage.left_out, 41);
    let report = coverage.to_string();
    assert!(report.ends_with("41 functions were not counted: there are too many\n"), "{report}");
}
