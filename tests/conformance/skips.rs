//! The list of what does not pass yet, `lua-conformance/skips.toml`.

use std::collections::BTreeMap;
use std::path::Path;

/// Reasons by section and name; what was met is taken out.
pub(crate) struct Skips(BTreeMap<(String, String), String>);

impl Skips {
    /// Reads the list: sections of `"name" = "reason"` lines.
    pub(crate) fn read() -> Skips {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lua-conformance/skips.toml");
        let text = std::fs::read_to_string(path).expect("skips.toml");
        let mut section = String::new();
        let mut found = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            let (name, reason) = line.split_once(" = ").expect("`\"name\" = \"reason\"`");
            let [name, reason] = [name, reason].map(|text| text.trim().trim_matches('"'));
            assert!(!reason.is_empty(), "a skip needs a reason: {line}");
            let key = (section.clone(), name.to_owned());
            assert!(found.insert(key, reason.to_owned()).is_none(), "twice: {line}");
        }
        Skips(found)
    }

    /// Takes the reason why a name in a section is skipped.
    pub(crate) fn take(&mut self, section: &str, name: &str) -> Option<String> {
        self.0.remove(&(section.to_owned(), name.to_owned()))
    }

    /// Takes a whole section.
    pub(crate) fn take_all(&mut self, section: &str) {
        self.0.retain(|(of, _), _| of != section);
    }

    /// Says what of a section was not met.
    pub(crate) fn left_of(&mut self, section: &str) -> Vec<String> {
        let of = |key: &&(String, String)| key.0 == section;
        let keys: Vec<_> = self.0.keys().filter(of).cloned().collect();
        keys.iter()
            .filter_map(|key| self.0.remove(key).map(|_| key))
            .map(|(section, name)| format!("skips.toml: [{section}] {name} is not there"))
            .collect()
    }

    /// Says what was not met at all.
    pub(crate) fn left(&mut self) -> Vec<String> {
        let sections: Vec<String> = self.0.keys().map(|(section, _)| section.clone()).collect();
        sections.iter().flat_map(|section| self.left_of(section)).collect()
    }

    /// Returns section, name and reason of everything.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().map(|((section, name), why)| (section.as_str(), name.as_str(), why.as_str()))
    }
}
