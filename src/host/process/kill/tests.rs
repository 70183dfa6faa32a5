//! What is killed with a program, and what is not.

use super::*;
use std::process::{Command, Stdio};

/// Tells this very program to stay for a while.
const STAY: &str = "MOONFUEL_STAY";

/// Stays for a while, if it is told to.
#[test]
fn stays() {
    if std::env::var_os(STAY).is_some() {
        std::thread::sleep(std::time::Duration::from_secs(30));
    }
}

#[test]
fn what_another_thread_has_just_begun_to_start_is_not_killed() {
    let (reader, writer) = std::io::pipe().unwrap();
    // A copy of this process that holds all handles, as each program is for a moment.
    let mut copy = Command::new("/proc/self/exe")
        .args(["--exact", "host::process::kill::tests::stays"])
        .env(STAY, "1")
        .stdout(writer.try_clone().unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut left = Command::new("sleep").arg("30").stdout(writer).spawn().unwrap();
    let mut program = Command::new("sleep").arg("30").spawn().unwrap();
    whole(Pid::from_child(&program), &[&reader]);
    assert!(!program.wait().unwrap().success());
    // It holds the stream, whoever has started it.
    assert!(!left.wait().unwrap().success());
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(copy.try_wait().unwrap(), None);
    copy.kill().unwrap();
    copy.wait().unwrap();
}
