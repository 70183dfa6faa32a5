//! What a program may reach: the root, and of the system what programs need to run.

use cap_std::fs::Dir;
use std::io;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::path::PathBuf;

/// How far programs are confined on this system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confinement {
    /// To the root and what is needed to run, and their signals to one another (landlock), and
    /// to sockets of the network, with nothing that processes share by number (seccomp).
    Full,
    /// As far as an older kernel can.
    Partial,
    /// Not at all: they reach what the user reaches. They have no new privileges, the
    /// environment that is listed, and are killed whole all the same.
    None,
}

/// What confines programs.
#[derive(Debug)]
pub(in crate::host) struct Confiner {
    /// The directory that they begin in.
    pub(in crate::host) root: Dir,
    /// The root's name, where handles have none.
    pub(in crate::host) path: PathBuf,
    /// Whether they may change what is below the root.
    pub(in crate::host) may_write: bool,
    /// Whether they may run what lies below the root.
    pub(in crate::host) may_run: bool,
    /// What they may read and run elsewhere.
    pub(in crate::host) readable: Vec<PathBuf>,
    /// What they may change elsewhere.
    pub(in crate::host) writable: Vec<PathBuf>,
}

/// What programs are made of.
#[cfg(target_os = "linux")]
const PROGRAMS: [&str; 8] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store"];
/// What they look up.
#[cfg(target_os = "linux")]
const SETTINGS: [&str; 30] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/environment",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/gitattributes",
    "/etc/gitconfig",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/python3",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/timezone",
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];
/// What they write to and read from whatever they do.
#[cfg(target_os = "linux")]
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

impl Confiner {
    pub(in crate::host) fn new(root: Dir, path: PathBuf) -> Confiner {
        Confiner {
            root,
            path,
            may_write: false,
            may_run: true,
            readable: Vec::new(),
            writable: Vec::new(),
        }
    }

    /// Returns the directory that programs begin in: the one that is held, whatever its name
    /// is now.
    pub(super) fn directory(&self) -> PathBuf {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            let held = PathBuf::from(format!("/proc/self/fd/{}", self.root.as_raw_fd()));
            if held.exists() {
                return held;
            }
        }
        self.path.clone()
    }

    /// Tells how far programs will be confined.
    pub(in crate::host) fn probe(&self) -> Confinement {
        // Only a thread that is confined knows.
        let confined = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new();
            thread.spawn_scoped(scope, || self.confine().ok()).ok()?.join().ok()?
        });
        confined.unwrap_or(Confinement::None)
    }
}

#[cfg(target_os = "linux")]
impl Confiner {
    /// Confines this thread and what it starts from now on.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn confine(&self) -> io::Result<Confinement> {
        rustix::thread::set_no_new_privs(true)?;
        drop_capabilities();
        let confined = self.restrict().map_err(io::Error::other)?;
        Ok(match super::filter::refuse() {
            Err(_) if confined == Confinement::Full => Confinement::Partial,
            _ => confined,
        })
    }

    fn restrict(&self) -> Result<Confinement, landlock::RulesetError> {
        use landlock::{
            ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
            RulesetCreatedAttr, RulesetStatus, Scope,
        };
        let abi = ABI::V6;
        let (all, reading) = (AccessFs::from_all(abi), AccessFs::from_read(abi));
        let mut below_root = if self.may_write { all } else { reading };
        if !self.may_run {
            below_root &= !AccessFs::Execute;
        }
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .scope(Scope::from_all(abi))?
            .create()?
            .add_rule(PathBeneath::new(&self.root, below_root))?;
        let programs = PROGRAMS.iter().map(Path::new).map(|path| (path, reading));
        let settings = SETTINGS.iter().map(Path::new);
        let settings = settings.map(|path| (path, reading & !AccessFs::Execute));
        let devices = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
        let devices = DEVICES.iter().map(Path::new).map(|path| (path, devices));
        let readable = self.readable.iter().map(|path| (path.as_path(), reading));
        let writable = self.writable.iter().map(|path| (path.as_path(), all));
        let granted = programs.chain(settings).chain(devices).chain(readable).chain(writable);
        for (path, access) in granted {
            let Ok(handle) = open(path) else { continue };
            // Nothing lies below a file.
            let is_file = rustix::fs::fstat(&handle)
                .is_ok_and(|stat| !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir());
            let access = if is_file { access & AccessFs::from_file(abi) } else { access };
            rules = rules.add_rule(PathBeneath::new(handle, access))?;
        }
        Ok(match rules.restrict_self()?.ruleset {
            RulesetStatus::FullyEnforced => Confinement::Full,
            RulesetStatus::PartiallyEnforced => Confinement::Partial,
            RulesetStatus::NotEnforced => Confinement::None,
        })
    }
}

/// Keeps programs of a privileged user from what goes past files and their owners: among
/// others, to look into other processes.
#[cfg(target_os = "linux")]
fn drop_capabilities() {
    use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
    let kept = CapabilitySet::CHOWN
        | CapabilitySet::DAC_OVERRIDE
        | CapabilitySet::FOWNER
        | CapabilitySet::FSETID
        | CapabilitySet::SETGID
        | CapabilitySet::SETUID
        | CapabilitySet::NET_BIND_SERVICE;
    for capability in CapabilitySet::all().difference(kept).iter() {
        // Who may not drop them has none to hand on, and a kernel may not know them all.
        let _ = remove_capability_from_bounding_set(capability);
    }
}

#[cfg(target_os = "linux")]
fn open(path: &Path) -> rustix::io::Result<std::os::fd::OwnedFd> {
    use rustix::fs::{CWD, Mode, OFlags};
    rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}

#[cfg(not(target_os = "linux"))]
impl Confiner {
    /// Confines this thread and what it starts from now on: here nothing can.
    ///
    /// # Errors
    /// None.
    pub(super) fn confine(&self) -> io::Result<Confinement> {
        let _ = (&self.root, &self.readable, &self.writable, self.may_write, self.may_run);
        Ok(Confinement::None)
    }
}
