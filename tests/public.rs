//! What is public is chosen: `tests/public/items.txt` lists every item, field, variant and
//! method that users can name, and there are few of them.
//!
//! `MOONFUEL_BLESS=1 cargo test --test public` writes the list anew, for you to read the
//! difference.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop, and says what it skipped"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, UseTree, Visibility};

/// Most items that users may have to know: modules, types, traits, functions, constants.
const MOST_ITEMS: usize = 200;
/// Most lines the list may have, with the fields, variants and methods of those.
const MOST: usize = 1000;

/// The modules of the crate by path (`session::run`), parsed.
type Modules = BTreeMap<String, Vec<Item>>;

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Tells whether an item is there only in tests or in builds for documentation tests.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => return false,
        };
        text == "test" || text == "doctest" || text == "fuzzing"
    })
}

fn read_modules(file: &Path, folder: &Path, name: &str, modules: &mut Modules) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let items = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display())).items;
    for item in &items {
        let Item::Mod(module) = item else { continue };
        if module.content.is_some() || is_for_tests(&module.attrs) {
            continue;
        }
        let child = module.ident.to_string();
        let path = if name.is_empty() { child.clone() } else { format!("{name}::{child}") };
        let file = folder.join(format!("{child}.rs"));
        read_modules(&file, &folder.join(&child), &path, modules);
    }
    modules.insert(name.to_owned(), items);
}

/// Returns the names a `use` brings in: (path from the root, name).
fn uses(tree: &UseTree, prefix: &str, found: &mut Vec<(String, String)>) {
    let join = |name: &str| match (prefix, name) {
        (_, "self" | "crate") => prefix.to_owned(),
        ("", name) => name.to_owned(),
        (prefix, name) => format!("{prefix}::{name}"),
    };
    match tree {
        UseTree::Path(path) => uses(&path.tree, &join(&path.ident.to_string()), found),
        UseTree::Name(name) => found.push((join(&name.ident.to_string()), name.ident.to_string())),
        UseTree::Rename(rename) => {
            found.push((join(&rename.ident.to_string()), rename.rename.to_string()));
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| uses(tree, prefix, found));
        }
        UseTree::Glob(_) => panic!("a public `use {prefix}::*` hides what is public"),
    }
}

struct Lister<'a> {
    modules: &'a Modules,
    lines: BTreeSet<String>,
}

impl Lister<'_> {
    /// Lists what is public in a module that is shown under `shown`.
    fn module(&mut self, path: &str, shown: &str) {
        for item in &self.modules[path] {
            match item {
                Item::Mod(module) if is_public(&module.vis) && !is_for_tests(&module.attrs) => {
                    let name = module.ident.to_string();
                    let child =
                        if path.is_empty() { name.clone() } else { format!("{path}::{name}") };
                    self.lines.insert(format!("mod {shown}::{name}"));
                    self.module(&child, &format!("{shown}::{name}"));
                }
                Item::Use(item) if is_public(&item.vis) && !is_for_tests(&item.attrs) => {
                    let mut found = Vec::new();
                    uses(&item.tree, "", &mut found);
                    for (target, name) in found {
                        self.target(path, &target, shown, &name);
                    }
                }
                Item::Macro(item)
                    if item.attrs.iter().any(|a| a.path().is_ident("macro_export")) =>
                {
                    let name = item.ident.as_ref().expect("a macro's name");
                    self.lines.insert(format!("macro {shown}::{name}"));
                }
                other => self.item(other, path, shown, None),
            }
        }
    }

    /// Lists what a `use` of `target`, written in the module `from`, makes public.
    fn target(&mut self, from: &str, target: &str, shown: &str, name: &str) {
        let (parent, last) = target.rsplit_once("::").unwrap_or(("", target));
        let relative = match (from, parent) {
            ("", parent) => parent.to_owned(),
            (from, "") => from.to_owned(),
            (from, parent) => format!("{from}::{parent}"),
        };
        if self.modules.contains_key(target) {
            // Another name of a public module, whose items are listed where it stands.
            self.lines.insert(format!("mod {shown}::{name}"));
            return;
        }
        // `use run::Run` in `session`, or `use crate::session::Run` anywhere.
        let module = [relative, parent.to_owned()]
            .into_iter()
            .find(|module| self.modules.contains_key(module))
            .unwrap_or_else(|| panic!("{from}: where is {target}?"));
        let before = self.lines.len();
        for item in &self.modules[&module] {
            if let Item::Use(item) = item {
                let mut found = Vec::new();
                uses(&item.tree, "", &mut found);
                for (inner, as_name) in found {
                    if as_name == last && inner != target {
                        self.target(&module, &inner, shown, name);
                    }
                }
            } else if ident(item).is_some_and(|ident| ident == last) {
                self.item(item, &module, shown, Some(name));
            }
        }
        assert!(self.lines.len() > before, "{from}: {target} is not found or listed twice");
    }

    /// Lists an item and what belongs to it, if it is public or brought out by a `use`.
    fn item(&mut self, item: &Item, module: &str, shown: &str, name: Option<&str>) {
        let own = ident(item).map(|ident| ident.to_string());
        let Some(own) = own else { return };
        let shown = format!("{shown}::{}", name.unwrap_or(&own));
        let public = |visibility: &Visibility| name.is_some() || is_public(visibility);
        match item {
            Item::Struct(item) if public(&item.vis) => {
                self.lines.insert(format!("struct {shown}"));
                self.fields(&item.fields, &shown);
            }
            Item::Enum(item) if public(&item.vis) => {
                self.lines.insert(format!("enum {shown}"));
                for variant in &item.variants {
                    self.lines.insert(format!("variant {shown}::{}", variant.ident));
                }
            }
            Item::Trait(item) if public(&item.vis) => {
                self.lines.insert(format!("trait {shown}"));
                for member in &item.items {
                    if let TraitItem::Fn(function) = member {
                        self.lines.insert(format!("method {shown}::{}", function.sig.ident));
                    }
                }
            }
            Item::Fn(item) if public(&item.vis) => {
                self.lines.insert(format!("fn {shown}"));
            }
            Item::Type(item) if public(&item.vis) => {
                self.lines.insert(format!("type {shown}"));
            }
            Item::Const(item) if public(&item.vis) => {
                self.lines.insert(format!("const {shown}"));
            }
            Item::Static(item) if public(&item.vis) => {
                self.lines.insert(format!("static {shown}"));
            }
            _ => return,
        }
        self.methods(&own, module, &shown);
    }

    /// Tells whether a type that is named in the module `here` is `own`, which `module` has.
    fn is_meant(&self, here: &str, named: &syn::Path, own: &str, module: &str) -> bool {
        let top = |path: &str| path.split("::").next().unwrap_or_default().to_owned();
        let names: Vec<_> = named.segments.iter().map(|part| part.ident.to_string()).collect();
        if names.last().is_none_or(|last| last != own) {
            return false;
        }
        // Below one top module, no two types have one name.
        if top(here) == top(module) {
            return true;
        }
        let path = match names.as_slice() {
            [_] => self.brought(here, own),
            names => Some(names.join("::").trim_start_matches("crate::").to_owned()),
        };
        path.and_then(|path| self.home(&path)).is_some_and(|home| home == module)
    }

    /// Returns what a `use` in a module brings in by this name.
    fn brought(&self, module: &str, name: &str) -> Option<String> {
        let mut found = Vec::new();
        for item in self.modules.get(module)? {
            if let Item::Use(item) = item {
                uses(&item.tree, "", &mut found);
            }
        }
        found.into_iter().find(|(_, as_name)| as_name == name).map(|(path, _)| path)
    }

    /// Returns the module in which an item is defined that has this path.
    fn home(&self, path: &str) -> Option<String> {
        let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
        let items = self.modules.get(module)?;
        if items.iter().any(|item| ident(item).is_some_and(|ident| ident == name)) {
            return Some(module.to_owned());
        }
        let next = self.brought(module, name)?;
        // `use run::Run` in `session`, or `use crate::session::Run` anywhere.
        let relative = if module.is_empty() { next.clone() } else { format!("{module}::{next}") };
        [relative, next].iter().filter(|next| *next != path).find_map(|next| self.home(next))
    }

    fn fields(&mut self, fields: &Fields, shown: &str) {
        for field in fields.iter().filter(|field| is_public(&field.vis)) {
            let name = field.ident.as_ref().map_or_else(|| "0".to_owned(), ToString::to_string);
            self.lines.insert(format!("field {shown}.{name}"));
        }
    }

    /// Lists the public methods of a type, wherever they are written.
    fn methods(&mut self, own: &str, module: &str, shown: &str) {
        for (path, items) in self.modules {
            for item in items {
                let Item::Impl(block) = item else { continue };
                let syn::Type::Path(of) = &*block.self_ty else { continue };
                if block.trait_.is_some()
                    || is_for_tests(&block.attrs)
                    || !self.is_meant(path, &of.path, own, module)
                {
                    continue;
                }
                for member in &block.items {
                    match member {
                        ImplItem::Fn(function) if is_public(&function.vis) => {
                            self.lines.insert(format!("method {shown}::{}", function.sig.ident));
                        }
                        ImplItem::Const(constant) if is_public(&constant.vis) => {
                            self.lines.insert(format!("const {shown}::{}", constant.ident));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

fn ident(item: &Item) -> Option<&syn::Ident> {
    Some(match item {
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Type(item) => &item.ident,
        Item::Const(item) => &item.ident,
        Item::Static(item) => &item.ident,
        _ => return None,
    })
}

#[test]
fn the_public_items_are_those_listed() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut modules = Modules::new();
    read_modules(&root.join("src/lib.rs"), &root.join("src"), "", &mut modules);
    let mut lister = Lister { modules: &modules, lines: BTreeSet::new() };
    lister.module("", "moonfuel");
    let found: Vec<&str> = lister.lines.iter().map(String::as_str).collect();
    let list = root.join("tests/public/items.txt");
    if std::env::var_os("MOONFUEL_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(list.parent().unwrap()).unwrap();
        std::fs::write(&list, found.join("\n") + "\n").unwrap();
    }
    let listed = std::fs::read_to_string(&list).unwrap_or_default();
    let listed: Vec<&str> = listed.lines().collect();
    let more: Vec<_> = found.iter().filter(|line| !listed.contains(line)).collect();
    let less: Vec<_> = listed.iter().filter(|line| !found.contains(line)).collect();
    assert!(more.is_empty() && less.is_empty(), "not listed: {more:#?}\nnot there: {less:#?}");
    let is_part =
        |line: &&&str| ["field ", "variant ", "method "].iter().any(|p| line.starts_with(p));
    let items = found.len() - found.iter().filter(is_part).count();
    assert!(items <= MOST_ITEMS, "{items} public items, at most {MOST_ITEMS}");
    assert!(found.len() <= MOST, "{} lines, at most {MOST}", found.len());
}
