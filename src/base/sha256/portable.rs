//! SHA-256, for every processor.

/// The first bits of the fractions of the square roots of the first primes.
const BEGIN: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Likewise, of the cube roots.
const ROUNDS: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// A hash of bytes that come in pieces.
#[derive(Clone, Debug)]
pub(super) struct Sha256 {
    state: [u32; 8],
    /// What does not fill a block yet.
    rest: Vec<u8>,
    /// Bytes so far.
    length: u64,
}

impl Sha256 {
    pub(super) fn new() -> Sha256 {
        Sha256 { state: BEGIN, rest: Vec::with_capacity(64), length: 0 }
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if !self.rest.is_empty() {
            let (first, others) = bytes.split_at(bytes.len().min(64 - self.rest.len()));
            self.rest.extend_from_slice(first);
            bytes = others;
            if let Ok(block) = <&[u8; 64]>::try_from(&self.rest[..]) {
                mix(&mut self.state, block);
                self.rest.clear();
            }
        }
        let (blocks, rest) = bytes.as_chunks();
        blocks.iter().for_each(|block| mix(&mut self.state, block));
        self.rest.extend_from_slice(rest);
    }

    pub(super) fn finalize(mut self) -> [u8; 32] {
        let bits = self.length.wrapping_mul(8);
        let zeros = (119 - self.rest.len()) % 64;
        self.update(&[&[0x80][..], &[0; 63][..zeros], &bits.to_be_bytes()].concat());
        let mut hash = [0; 32];
        for (four, word) in hash.as_chunks_mut().0.iter_mut().zip(self.state) {
            *four = word.to_be_bytes();
        }
        hash
    }
}

/// Mixes a block into the state.
fn mix(state: &mut [u32; 8], block: &[u8; 64]) {
    let mut words = [0; 64];
    for (word, four) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u32::from_be_bytes(*four);
    }
    for at in 16..64 {
        let (near, far) = (words[at - 2], words[at - 15]);
        let first = far.rotate_right(7) ^ far.rotate_right(18) ^ far >> 3;
        let second = near.rotate_right(17) ^ near.rotate_right(19) ^ near >> 10;
        let sum: u32 = words[at - 16].wrapping_add(first);
        words[at] = sum.wrapping_add(words[at - 7]).wrapping_add(second);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, round) in words.iter().zip(ROUNDS) {
        let chosen = e & f ^ !e & g;
        let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let first = h.wrapping_add(turned).wrapping_add(chosen).wrapping_add(round);
        let first = first.wrapping_add(*word);
        let majority = a & b ^ a & c ^ b & c;
        let second =
            (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22)).wrapping_add(majority);
        (h, g, f, e) = (g, f, e, d.wrapping_add(first));
        (d, c, b, a) = (c, b, a, first.wrapping_add(second));
    }
    for (word, mixed) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(mixed);
    }
}
