//! Closures as functions, and what becomes of their errors.

use crate::{HostError, HostValue, Outcome, Session};

#[test]
fn closures_are_host_functions_with_state() {
    let mut total = 0;
    let mut session = Session::builder()
        .host_function("host", "add", move |args| match args {
            [HostValue::Integer(n)] => {
                total += n;
                Ok(vec![total.into()])
            }
            _ => Err(HostError::new("an integer, please")),
        })
        .build()
        .unwrap();
    let report = session.run("return host.add(2), host.add(3), select(2, pcall(host.add))");
    assert_eq!(report.json().unwrap(), r#"[2,5,"an integer, please"]"#);
    let report = session.run("host.add()");
    assert!(
        matches!(report.outcome, Outcome::Failed(error) if error.message.ends_with(b"1: an integer, please"))
    );
}
