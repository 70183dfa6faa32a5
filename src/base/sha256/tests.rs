//! Both ways come to the hashes of the standard.

use super::{Sha256, portable};

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn hashes_are_those_of_the_standard() {
    for (bytes, expected) in [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
    ] {
        assert_eq!(hex(Sha256::digest(bytes.as_bytes())), expected);
    }
}

#[test]
fn pieces_of_any_length_come_to_the_same() {
    let bytes: Vec<u8> = (0..1000_u32).map(|at| (at * 7 % 251) as u8).collect();
    for length in (0..200).chain([511, 512, 1000]) {
        let whole = Sha256::digest(&bytes[..length]);
        for piece in [1, 3, 55, 63, 64, 65, 127] {
            let mut hash = portable::Sha256::new();
            bytes[..length].chunks(piece).for_each(|piece| hash.update(piece));
            assert_eq!(hash.finalize(), whole, "{length} in pieces of {piece}");
        }
    }
}
