//! Functions with state, and what becomes of their errors.

use crate::{HostError, Outcome, Session};

#[test]
fn closures_have_state_and_errors_a_place() {
    let mut total = 0;
    let mut session = Session::builder()
        .function("host.add", move |n: i64| {
            total += n;
            if total > 5 { Err(HostError::new("too much")) } else { Ok(total) }
        })
        .build()
        .unwrap();
    let report = session.run("return host.add(2), host.add(3), select(2, pcall(host.add, 1))");
    assert_eq!(report.json().unwrap(), r#"[2,5,"too much"]"#);
    let report = session.run("host.add(1)");
    assert!(
        matches!(report.outcome, Outcome::Failed(error) if error.message.ends_with(b"1: too much"))
    );
}
