//! The gate between scripts and everything a host grants: one for all families of functions.
//!
//! Before a call it looks, in this order, at how often the function is called, at its tier,
//! at consent, and at what the call would be used on; then hooks of the host's may refuse.
//! After it, within the limit on results, it takes out secrets, asks the hooks once more,
//! writes the call into the log and tells whoever listens. A refusal says what was refused,
//! by which rule, and what would allow it.

use crate::host::audit::{Audit, AuditEntry, Status};
use crate::host::lexical::Root;
use crate::host::policy::{Rate, Rules, fingerprint};
use crate::host::redact::{redact, redact_text};
use crate::session::{has_failed, lock};
use crate::{Declaration, Denied, HostError, HostValue, Policy, PolicyCall, Tier};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

mod asks;
mod by_shell;
mod fitting;
mod grants;
mod permissions;
mod rate;
mod reasons;
mod system_clock;

use asks::Asks;
pub use permissions::{Permissions, is_restricted, tool_tier};
pub use rate::RateLimiter;
pub(crate) use reasons::refused;
use system_clock::system_clock;

/// Bytes of a result that are looked through for secrets for one unit of fuel.
const BYTES_PER_UNIT: u64 = 4;

/// What happens at a gate, as it happens.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GateEvent {
    /// A function is called: the policy has let it through.
    Call {
        /// The call's number at this gate, from 1.
        id: u64,
        /// The session.
        session: String,
        /// The function.
        name: String,
        /// The arguments, without secrets.
        args: Vec<HostValue>,
    },
    /// A call has ended, or was refused.
    Result {
        /// The number of the call.
        id: u64,
        /// What the log says about it.
        entry: AuditEntry,
    },
}

type Clock = dyn FnMut() -> u64 + Send;
type Listener = dyn FnMut(&GateEvent) + Send;
type Before = dyn FnMut(&PolicyCall<'_>) -> Result<(), Denied> + Send;
type After = dyn FnMut(&str, &mut Result<Vec<HostValue>, HostError>) + Send;

/// A [`Policy`] made of [`Rules`], with the log of calls: give a clone to
/// [`SessionBuilder::policy`](crate::SessionBuilder::policy), and keep one to look at the log
/// and to change what is granted.
///
/// ```
/// use moonfuel::host::gate::Gate;
/// use moonfuel::host::policy::Rules;
/// use moonfuel::{Declaration, Session, Tier};
///
/// let gate = Gate::new(Rules::new(Tier::ReadOnly), "session 1");
/// let mut session = Session::builder()
///     .function("db.count", |()| Ok(3))
///     .declare(Declaration::new("db.count").tier(Tier::ReadOnly))
///     .function("db.clear", |()| Ok(()))
///     .declare(Declaration::new("db.clear").tier(Tier::Write).answers_nil())
///     .policy(gate.clone())
///     .build()?;
/// let report = session.run("return db.count(), db.clear()");
/// let text = "permission_denied: db.clear needs the tier write, and read_only is granted \
///             (allowed by --allow write, or tier = \"write\" or consent = [\"clear\"] in the policy)";
/// assert_eq!(report.json()?, serde_json::json!([3, null, text]).to_string());
/// let entry = gate.audit().entries()[1].to_json();
/// assert_eq!((&entry["status"], &entry["rule"]), (&"blocked".into(), &"tier".into()));
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    session: String,
    rules: Rules,
    /// The root's names, for paths that lead through what is above it.
    root: Mutex<Option<Root>>,
    /// What the functions reach that no rule names.
    beside: Mutex<Vec<String>>,
    audit: Audit,
    state: Mutex<State>,
    clock: Mutex<Box<Clock>>,
    hooks: Mutex<Hooks>,
}

#[derive(Default)]
struct Hooks {
    listener: Option<Box<Listener>>,
    before: Vec<Box<Before>>,
    after: Vec<Box<After>>,
}

struct State {
    permissions: Permissions,
    /// What is granted from the next run on.
    granted: Vec<Granted>,
    rate: RateLimiter,
    run: u64,
    /// The last call of the run.
    last: u64,
    last_id: u64,
    open: BTreeMap<u64, Open>,
}

/// What the host has granted meanwhile.
enum Granted {
    Tier(Tier),
    Consent(String),
}

/// A call that is under way.
struct Open {
    entry: AuditEntry,
    began: u64,
    redacted: bool,
    /// Its run was saved meanwhile.
    saved: bool,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("session", &self.0.session)
            .field("rules", &self.0.rules)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// Makes the gate of a session, with a log of its own. It reads the system's clock.
    pub fn new(rules: Rules, session: impl Into<String>) -> Gate {
        let audit = rules.audit_entries.map_or_else(Audit::default, Audit::with_room);
        Gate::with_audit(rules, session, audit)
    }

    /// Makes the gate of a session that shares its log with others.
    pub fn with_audit(rules: Rules, session: impl Into<String>, audit: Audit) -> Gate {
        let mut permissions = Permissions::new(rules.tier);
        for tool in &rules.consent {
            // Said twice is said once.
            let _ = permissions.consent(tool);
        }
        Gate(Arc::new(Inner {
            session: session.into(),
            rules,
            root: Mutex::default(),
            beside: Mutex::default(),
            audit,
            state: Mutex::new(State {
                permissions,
                granted: Vec::new(),
                rate: RateLimiter::default(),
                run: 0,
                last: 0,
                last_id: 0,
                open: BTreeMap::new(),
            }),
            clock: Mutex::new(Box::new(system_clock())),
            hooks: Mutex::default(),
        }))
    }

    /// Sets the clock, in microseconds since the epoch, for tests and for who has another.
    #[must_use]
    pub fn clock(self, clock: impl FnMut() -> u64 + Send + 'static) -> Gate {
        *lock(&self.0.clock) = Box::new(clock);
        self
    }

    /// Says where the root of the session's files is, so that paths which name what is above it
    /// are known for what they are. Without a root such paths are not granted, where
    /// [`Grants`](crate::host::policy::Grants) narrow what is read or written.
    #[must_use]
    pub fn root(self, root: impl AsRef<std::path::Path>) -> Gate {
        *lock(&self.0.root) = Some(Root::named(root.as_ref()));
        self
    }

    /// Says what the functions were made to reach that no rule names: it tells sessions apart as
    /// rules do.
    #[cfg(feature = "cli")]
    #[must_use]
    pub(crate) fn beside(self, mut reached: Vec<String>) -> Gate {
        reached.sort();
        reached.dedup();
        *lock(&self.0.beside) = reached;
        self
    }

    /// Is told of each call and its end, in their order. What it panics with ends the call
    /// as an error.
    pub fn on_event(&self, listener: impl FnMut(&GateEvent) + Send + 'static) {
        lock(&self.0.hooks).listener = Some(Box::new(listener));
    }

    /// Adds a hook that is asked before each call that the rules allow: it can refuse, and
    /// nothing else.
    pub fn before(&self, hook: impl FnMut(&PolicyCall<'_>) -> Result<(), Denied> + Send + 'static) {
        lock(&self.0.hooks).before.push(Box::new(hook));
    }

    /// Adds a hook that is given each answer, without secrets if the rules say so, before
    /// the script is.
    pub fn after(
        &self,
        hook: impl FnMut(&str, &mut Result<Vec<HostValue>, HostError>) + Send + 'static,
    ) {
        lock(&self.0.hooks).after.push(Box::new(hook));
    }

    /// Returns the log.
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// Raises the session's tier, from its next run on.
    ///
    /// # Errors
    /// When it is above that already.
    pub fn grant(&self, tier: Tier) -> Result<(), Denied> {
        let mut state = lock(&self.0.state);
        state.expected().grant(tier)?;
        state.granted.push(Granted::Tier(tier));
        Ok(())
    }

    /// Consents to a function, from the session's next run on.
    ///
    /// # Errors
    /// When that is so already.
    pub fn consent(&self, function: &str) -> Result<(), Denied> {
        let mut state = lock(&self.0.state);
        state.expected().consent(function)?;
        state.granted.push(Granted::Consent(function.to_owned()));
        Ok(())
    }

    /// Takes back the consent to a function, at once: the next call is refused, in a run
    /// that is under way too.
    ///
    /// # Errors
    /// When there was none.
    pub fn revoke(&self, function: &str) -> Result<(), Denied> {
        let mut state = lock(&self.0.state);
        let granted = state.granted.len();
        state.granted.retain(|one| !matches!(one, Granted::Consent(name) if name == function));
        if state.granted.len() < granted {
            return Ok(());
        }
        state.permissions.revoke(function)
    }

    /// Returns what the session is allowed now.
    pub fn permissions(&self) -> Permissions {
        lock(&self.0.state).permissions.clone()
    }

    fn now(&self) -> u64 {
        (lock(&self.0.clock))()
    }

    fn tell(&self, event: &GateEvent) {
        if let Some(listener) = &mut lock(&self.0.hooks).listener {
            listener(event);
        }
    }

    /// Ends a call that something else than the rules has refused.
    pub(crate) fn block(&self, id: u64, rule: &str, about: &str) {
        let Some(open) = lock(&self.0.state).open.remove(&id) else { return };
        let Open { mut entry, began, .. } = open;
        entry.status = Status::Blocked;
        entry.rule = Some(rule.to_owned());
        entry.about = Some(grants::without_secrets(about.as_bytes()));
        self.close(id, entry, began);
    }

    /// Looks at the rules in their order.
    fn decide(&self, call: &PolicyCall<'_>, now: u64) -> Result<(), Denied> {
        let asks = self.0.rules.asks(call);
        self.count(call, &asks, now)?;
        self.decide_again(call, &asks)
    }

    /// Looks at how often the function is called.
    fn count(&self, call: &PolicyCall<'_>, asks: &Asks<'_>, now: u64) -> Result<(), Denied> {
        let rules = &self.0.rules;
        let Some(Rate { calls, window_ms }) = asks.rate.or_else(|| rules.rate.get(&asks.counted))
        else {
            return Ok(());
        };
        let (session, now) = (&self.0.session, now / 1000);
        let mut state = lock(&self.0.state);
        let checked = state.rate.check(session, call.path, *calls, *window_ms, now);
        checked.map_err(|wait| over_rate(call.path, *calls, *window_ms, wait))
    }

    /// Looks at all rules that say the same however often they are asked.
    fn decide_again(&self, call: &PolicyCall<'_>, asks: &Asks<'_>) -> Result<(), Denied> {
        self.allows(call, asks)?;
        if let Some(git) = by_shell::Git::of(call) {
            let git = git.call(call.number);
            self.allows(&git, &self.0.rules.asks(&git))?;
        }
        for hook in &mut lock(&self.0.hooks).before {
            hook(call)?;
        }
        Ok(())
    }

    /// Looks at tier and consent, and at what the call would be used on.
    fn allows(&self, call: &PolicyCall<'_>, asks: &Asks<'_>) -> Result<(), Denied> {
        lock(&self.0.state).permissions.check(call.path, asks.tier, asks.consent)?;
        let root = lock(&self.0.root).clone();
        grants::check(&self.0.rules.grants, root.as_ref(), call)
    }

    /// Asks about something that is no call of a host function, in the midst of a run.
    pub(crate) fn ask_beside(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        let (id, run) = lock(&self.0.state).next_beside();
        self.admit(id, run, call)
    }

    /// Looks at the rules, and lets a call through or notes that it is refused.
    fn admit(&self, id: u64, run: u64, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        let now = self.now();
        let mut entry = AuditEntry::new(&self.0.session, call.path, Status::Ok, call.args);
        (entry.run, entry.call) = (run, call.number);
        if let Err(denied) = self.decide(call, now) {
            self.refuse(id, entry, now, call, &denied);
            return Err(denied);
        }
        self.open(id, call, Open { entry, began: now, redacted: false, saved: false });
        Ok(id)
    }

    /// Lets a call through, and tells of it.
    fn open(&self, id: u64, call: &PolicyCall<'_>, mut open: Open) {
        open.entry.about = grants::about(call);
        if lock(&self.0.hooks).listener.is_some() {
            let mut args = call.args.to_vec();
            args.iter_mut().for_each(redact);
            let (session, name) = (self.0.session.clone(), call.path.to_owned());
            self.tell(&GateEvent::Call { id, session, name, args });
        }
        let redacted =
            self.0.rules.redact && call.declaration.is_none_or(|declared| declared.redacted);
        lock(&self.0.state).open.insert(id, Open { redacted, ..open });
    }

    /// Notes that a call is refused.
    fn refuse(
        &self,
        id: u64,
        mut entry: AuditEntry,
        now: u64,
        call: &PolicyCall<'_>,
        denied: &Denied,
    ) {
        entry.status = Status::Blocked;
        entry.rule = Some(denied.rule.clone());
        let about = denied.details.iter().find(|(name, _)| name == "about");
        entry.about = about
            .map(|(_, about)| grants::without_secrets(about.as_bytes()))
            .or_else(|| grants::about(call));
        self.close(id, entry, now);
    }

    /// Writes the end of a call into the log and tells of it.
    fn close(&self, id: u64, mut entry: AuditEntry, began: u64) {
        let now = self.now();
        entry.at = now / 1000;
        entry.duration_us = now.saturating_sub(began);
        let is_silent = entry.status == Status::Blocked && !self.0.rules.log_violations;
        if !is_silent {
            entry.id = self.0.audit.add(entry.clone());
        }
        self.tell(&GateEvent::Result { id, entry });
    }
}

impl State {
    /// Returns what is allowed once everything that is granted is in force.
    fn expected(&self) -> Permissions {
        let mut expected = self.permissions.clone();
        for granted in &self.granted {
            // Each was looked at when it was granted.
            let _ = match granted {
                Granted::Tier(tier) => expected.grant(*tier),
                Granted::Consent(name) => expected.consent(name),
            };
        }
        expected
    }

    /// Notes a call; the first of a run puts in force what was granted before.
    fn begin(&mut self, number: u64) {
        if number <= self.last || self.run == 0 {
            self.run += 1;
            self.permissions = self.expected();
            self.granted.clear();
        }
        self.last = number;
    }

    /// Notes a call. Returns its number at this gate, and that of its run.
    fn next(&mut self, number: u64) -> (u64, u64) {
        self.begin(number);
        self.next_beside()
    }

    /// Notes what is no call of a host function, likewise.
    fn next_beside(&mut self) -> (u64, u64) {
        self.last_id += 1;
        (self.last_id, self.run)
    }
}

impl Policy for Gate {
    fn ask(&self, call: &PolicyCall<'_>) -> Result<u64, Denied> {
        let (id, run) = lock(&self.0.state).next(call.number);
        self.admit(id, run, call)
    }

    fn settle(&self, id: u64, answer: &mut Result<Vec<HostValue>, HostError>) {
        let Some(open) = lock(&self.0.state).open.remove(&id) else { return };
        let Open { mut entry, began, redacted, .. } = open;
        match answer {
            Ok(values) if redacted => values.iter_mut().for_each(redact),
            Ok(_) => {}
            Err(error) => error.change_message(|message| {
                let changed = redact_text(message).into_owned();
                *message = changed;
            }),
        }
        for hook in &mut lock(&self.0.hooks).after {
            hook(&entry.name, answer);
        }
        if let Some(refused) = reasons::take(answer) {
            entry.status = Status::Blocked;
            entry.rule = Some(refused.rule);
            entry.about = refused.about.or(entry.about);
        } else if has_failed(answer) {
            entry.status = Status::Error;
        }
        self.close(id, entry, began);
    }

    fn abandon(&self, id: u64) {
        let Some(open) = lock(&self.0.state).open.remove(&id) else { return };
        let Open { mut entry, began, saved, .. } = open;
        entry.status = Status::Error;
        // Whoever has the snapshot may go on with it.
        entry.rule = Some(if saved { "saved" } else { "abandoned" }.to_owned());
        self.close(id, entry, began);
    }

    /// What a call is refused for, it is refused for again; secrets are taken out of the answer
    /// by the rules of the gate that takes it up, which needs to know nothing but the time.
    fn save(&self, id: u64) -> Option<Vec<u8>> {
        let mut state = lock(&self.0.state);
        let open = state.open.get_mut(&id)?;
        open.saved = true;
        Some(open.began.to_le_bytes().to_vec())
    }

    fn restore(&self, call: &PolicyCall<'_>, saved: Option<&[u8]>) -> Result<u64, String> {
        let now = self.now();
        let began = saved.and_then(|saved| saved.try_into().ok()).map(u64::from_le_bytes);
        let (id, run) = lock(&self.0.state).next(call.number);
        let mut entry = AuditEntry::new(&self.0.session, call.path, Status::Ok, call.args);
        (entry.run, entry.call) = (run, call.number);
        // How often it is called was looked at when it was.
        if let Err(denied) = self.decide_again(call, &self.0.rules.asks(call)) {
            self.refuse(id, entry, now, call, &denied);
            return Err(denied.to_string());
        }
        let began = began.unwrap_or(now).min(now);
        self.open(id, call, Open { entry, began, redacted: false, saved: false });
        Ok(id)
    }

    fn fingerprint(&self) -> Option<String> {
        let rules = self.0.rules.fingerprint();
        let beside = lock(&self.0.beside);
        Some(if beside.is_empty() { rules } else { format!("{rules}+{}", fingerprint(&*beside)) })
    }

    fn bytes_per_unit(&self) -> Option<u64> {
        self.0.rules.redact.then_some(BYTES_PER_UNIT)
    }

    fn fits(&self, declared: &[&Declaration]) -> Result<(), String> {
        let root = lock(&self.0.root).clone();
        fitting::check(&self.0.rules, root.as_ref(), declared)
    }
}

/// Makes the refusal of a call that is one too many.
fn over_rate(path: &str, calls: usize, window_ms: u64, wait: u64) -> Denied {
    let what = format!(
        "{path} was called {calls} times in {window_ms} ms, which is all there may be; \
         try again in {wait} ms"
    );
    Denied::new("rate", what, "")
        .detail("tool", path)
        .detail("limit", calls.to_string())
        .detail("window_ms", window_ms.to_string())
        .retry_after(wait)
}

#[cfg(test)]
mod tests;
