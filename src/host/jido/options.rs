//! What a session of jido's may do.

use std::path::PathBuf;

/// The size of ten mebibytes, the default for reading and for writing.
const TEN_MIB: u64 = 10 * 1024 * 1024;

/// The programs of jido's own list.
const COMMANDS: [&str; 49] = [
    "mix", "elixir", "iex", "git", "npm", "npx", "yarn", "pnpm", "node", "cargo", "rustc", "go",
    "python", "python3", "pip", "pip3", "ls", "cat", "head", "tail", "grep", "find", "wc", "diff",
    "sort", "uniq", "test", "true", "false", "echo", "printf", "pwd", "mkdir", "rmdir", "cp", "mv",
    "ln", "touch", "rm", "date", "time", "sleep", "rebar3", "erlc", "erl", "make", "cmake", "curl",
    "wget",
];

/// Those of them that run whatever they are told: what a script could write into a file of its
/// own, these would do.
const INTERPRETERS: [&str; 20] = [
    "mix", "elixir", "iex", "npm", "npx", "yarn", "pnpm", "node", "cargo", "rustc", "go", "python",
    "python3", "pip", "pip3", "rebar3", "erlc", "erl", "make", "cmake",
];

/// Those of them that reach any host of the network, whatever a policy grants.
const FETCHERS: [&str; 2] = ["curl", "wget"];

/// Tells whether a program of jido's list reaches any host of the network.
pub(super) fn is_fetcher(command: &[u8]) -> bool {
    FETCHERS.iter().any(|name| name.as_bytes() == command)
}

/// Tells whether a program of jido's list runs whatever it is told.
pub(super) fn is_interpreter(command: &[u8]) -> bool {
    INTERPRETERS.iter().any(|name| name.as_bytes() == command)
}

/// Shells, which run whatever they are told.
pub(super) const SHELLS: [&str; 9] =
    ["bash", "sh", "zsh", "fish", "dash", "ksh", "csh", "tcsh", "ash"];

/// Tells whether a program is one that `shell` never runs, whoever lists it.
pub(crate) fn is_shell(command: &str) -> bool {
    SHELLS.contains(&command)
}

/// What a [`Jido`](super::Jido) allows; the default only reads.
///
/// ```
/// use moonfuel::host::jido::{Jido, JidoOptions};
/// use moonfuel::Session;
/// use std::sync::Arc;
///
/// let folder = std::env::temp_dir().join(format!("moonfuel-options-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let options = JidoOptions { allow_write: true, write_limit: 5, ..JidoOptions::default() };
/// let jido = Arc::new(Jido::open(&folder, options)?);
/// let mut session = Jido::register(&jido, Session::builder()).build()?;
/// assert_eq!(session.run("return (jido.write_file('a', '12345'))").json()?, "[true]");
/// assert_eq!(session.run("return (jido.write_file('a', '123456'))").json()?, "[null]");
/// std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JidoOptions {
    /// Whether files may be written, made, edited and deleted.
    pub allow_write: bool,
    /// Whether programs may be run.
    pub allow_shell: bool,
    /// Whether `git` may be run.
    pub allow_git: bool,
    /// Whether a file that is there must have been read, or written, in this session before
    /// it may be overwritten or edited.
    pub require_read: bool,
    /// Domains that `web_fetch` may ask, and those below them; none unless it is said
    /// ([`DOMAINS`](crate::host::net::DOMAINS) are jido's own). The feature `net` is needed.
    pub domains: Vec<String>,
    /// Addresses that may be connected to though they are not public.
    pub private_addresses: Vec<std::net::IpAddr>,
    /// Whether whoever drives the runs answers `ask_user`; otherwise it says at once that
    /// nobody is there.
    pub answers_questions: bool,
    /// The programs that `shell` starts, by name. Some of jido's list run whatever they are
    /// told (`python3`, `node`, `make`, `cargo`): what they do is confined to the root, but
    /// not looked at, and so they are a way around the guard before git
    /// ([`JidoOptions::without_interpreters`]).
    pub commands: Vec<String>,
    /// Where programs are looked for, in this order; it is their `PATH`, too.
    pub program_path: Vec<PathBuf>,
    /// Variables of the environment that programs see, beside `HOME`, `LANG`, `LC_*`, `TZ`
    /// and `TERM`.
    pub environment: Vec<String>,
    /// What programs may read and run beside the root and the system's own. Links in these paths
    /// are followed once, when the root is opened.
    pub readable: Vec<PathBuf>,
    /// What programs may change beside the root. Links as above.
    pub writable: Vec<PathBuf>,
    /// Whether links are followed, as long as they lead to something below the root. A
    /// policy that grants single folders looks at paths as they are written: with it, this is
    /// to be off.
    pub follow_links: bool,
    /// Files no function touches: a path is protected when it *ends* in one of
    /// these, compared by component and without regard to ASCII case. One that begins with `/`
    /// is meant at the root alone.
    pub protected: Vec<String>,
    /// The largest file `read_file` reads, in bytes. Its formatted result may
    /// be twice as large.
    pub read_limit: u64,
    /// The largest content `write_file` writes, in bytes.
    pub write_limit: u64,
}

impl Default for JidoOptions {
    fn default() -> Self {
        JidoOptions {
            allow_write: false,
            allow_shell: false,
            allow_git: false,
            require_read: true,
            domains: Vec::new(),
            private_addresses: Vec::new(),
            answers_questions: false,
            commands: COMMANDS.iter().map(|&name| name.to_owned()).collect(),
            program_path: ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from).to_vec(),
            environment: Vec::new(),
            readable: Vec::new(),
            writable: Vec::new(),
            follow_links: true,
            protected: vec![".jido_code/settings.json".to_owned()],
            read_limit: TEN_MIB,
            write_limit: TEN_MIB,
        }
    }
}

impl JidoOptions {
    /// Takes the programs from the list that run whatever they are told, and those that ask
    /// any host (`curl`, `wget`), so that `shell` is no way around what git, the functions for
    /// files and those for the network refuse.
    ///
    /// ```
    /// use moonfuel::host::jido::JidoOptions;
    ///
    /// let options = JidoOptions::default().without_interpreters();
    /// assert!(options.commands.iter().all(|command| command != "python3"));
    /// ```
    #[must_use]
    pub fn without_interpreters(mut self) -> JidoOptions {
        let is_way_around = |command: &[u8]| is_interpreter(command) || is_fetcher(command);
        self.commands.retain(|command| !is_way_around(command.as_bytes()));
        self
    }
}
