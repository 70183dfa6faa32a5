//! Keys in files.

use super::*;

#[test]
fn servers_that_begin_at_once_have_one_key() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let file = folder.path().join(format!("key{round}"));
        let keys: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| key_in(&file).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0] && key.len() == 2 * KEY));
    }
    // And nothing beside the keys.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 20);
}

#[test]
fn a_key_that_is_too_short_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "short\n").unwrap();
    let error = Seal::new(Some(&file), folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("it holds 5 bytes, and must hold 32"), "{error}");
}
