//! Invariant "`pairs` has a rule that never mentions a rehash": scripts of random
//! insertions and removals against a model of the rule.

use moonfuel::Session;
use std::fmt::Write as _;

/// The rule: keys 1..n first, all others in the order of their first insertion; a key
/// set to nil keeps its place until a new key is inserted.
#[derive(Default)]
struct Model {
    array: Vec<i64>,
    /// Key and value; removed ones stay without a value until the next new key.
    others: Vec<(String, Option<i64>)>,
}

impl Model {
    fn set(&mut self, key: &str, value: Option<i64>) {
        if let Some(other) = self.others.iter_mut().find(|other| other.0 == key) {
            if other.1.is_some() || value.is_some() {
                other.1 = value;
            }
            return;
        }
        if let Some(value) = value {
            self.others.retain(|other| other.1.is_some());
            self.others.push((key.to_owned(), Some(value)));
        }
    }

    fn append(&mut self, value: i64) {
        self.array.push(value);
    }

    fn listing(&self) -> String {
        let array = self.array.iter().enumerate().map(|(at, value)| format!("{}={value};", at + 1));
        let others =
            self.others.iter().filter_map(|(key, value)| Some(format!("{key}={};", (*value)?)));
        array.chain(others).collect()
    }
}

#[test]
fn pairs_order_follows_the_rule_whatever_was_inserted_and_removed() {
    let mut session = Session::builder().build().expect("a session");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    for round in 0..300 {
        let mut model = Model::default();
        let mut script = String::from("local t = {}\n");
        let keys = 1 + next(40);
        for step in 0..next(200) {
            let value = step as i64;
            match next(5) {
                0 => {
                    model.append(value);
                    let _ = writeln!(script, "t[#t + 1] = {value}");
                }
                1 => {
                    let key = next(keys);
                    model.set(&format!("k{key}"), None);
                    let _ = writeln!(script, "t.k{key} = nil");
                }
                _ => {
                    let key = next(keys);
                    model.set(&format!("k{key}"), Some(value));
                    let _ = writeln!(script, "t.k{key} = {value}");
                }
            }
        }
        script.push_str(
            "local s = '' for k, v in pairs(t) do s = s .. k .. '=' .. v .. ';' end return s",
        );
        let report = session.run(&script);
        let found = report.values().expect("a listing");
        assert_eq!(found[0].as_str(), Some(model.listing().as_str()), "round {round}:\n{script}");
    }
}

#[test]
fn pairs_order_integer_keys_join_the_array_when_the_gap_closes() {
    let mut session = Session::builder().build().expect("a session");
    let report = session.run(
        "local t = {} t.a = 1 t[3] = 3 t[2] = 2 t.b = 2 t[1] = 1 \
         local s = '' for k in pairs(t) do s = s .. k .. ' ' end return s",
    );
    assert_eq!(report.json().expect("a listing"), r#"["1 2 3 a b "]"#);
}

#[test]
fn pairs_order_survives_removal_during_traversal() {
    let mut session = Session::builder().build().expect("a session");
    let report = session.run(
        "local t = {} for i = 1, 100 do t['k' .. i] = i end local n = 0 \
         for k, v in pairs(t) do n = n + 1 if v % 2 == 0 then t[k] = nil else t[k] = -v end end \
         local s = 0 for _, v in pairs(t) do s = s + v end return n, s, next(t)",
    );
    assert_eq!(report.json().expect("figures"), r#"[100,-2500,"k1",-1]"#);
}
