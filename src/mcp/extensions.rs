//! The tools that extensions have registered.

use super::annotations::of_list;
use super::budget::{cut, cut_text};
use super::caller::Caller;
use super::ended::Refused;
use super::failed::{Failed, opened};
use super::names::name;
use super::options::Options;
use super::runs::Road;
use super::visit::{StopOnDrop, Visit, Visited};
use crate::Canceller;
use crate::host::imp::{CallContext, ImpError, ToolDefinition, ToolOutput};
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, InputRequests, InputRequiredResult, JsonObject,
    Tool,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a call waits for one that waits for its client to come again, before it has its
/// place: a client may never come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call that waits, and its name.
type Waiting = Option<(String, Box<Visit>)>;

/// The calls of extensions' tools.
pub(super) struct Turnstile {
    /// The names of the tools. The runtime, which a call at work holds, is not asked for them.
    names: BTreeSet<String>,
    /// One at a time is at work. Also the number of calls there were.
    turn: Arc<Mutex<u64>>,
    /// The one that waits for its client to come again.
    waiting: Arc<std::sync::Mutex<Waiting>>,
}

impl Turnstile {
    /// Looks at what tools the extensions have.
    pub(super) fn new(options: &Options) -> Turnstile {
        let all = options.extensions.as_ref().map(|all| all.tools()).unwrap_or_default();
        Turnstile {
            names: all.into_iter().map(|tool| tool.name).collect(),
            turn: Arc::default(),
            waiting: Arc::default(),
        }
    }

    /// Waits for its turn.
    async fn turn(&self) -> OwnedMutexGuard<u64> {
        let turn = || Arc::clone(&self.turn).lock_owned();
        match tokio::time::timeout(PATIENCE, turn()).await {
            Ok(turn) => turn,
            Err(_) => {
                drop(self.waiting().take());
                turn().await
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a call up again; nothing, if it is not there any more.
    fn again(&self, name: &str) -> Option<Box<Visit>> {
        self.waiting().take_if(|(waits, _)| waits == name).map(|(_, visit)| visit)
    }

    /// Keeps a call for its client, for a time.
    fn keep(&self, name: String, visit: Box<Visit>, time: Duration) {
        let waiting = Arc::clone(&self.waiting);
        *self.waiting() = Some((name.clone(), visit));
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            drop(waiting.take_if(|(waits, _)| *waits == name));
        });
    }
}

impl fmt::Debug for Turnstile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turnstile").finish_non_exhaustive()
    }
}

/// Lists the tools of extensions, without those whose names are taken.
pub(super) fn tools(options: &Options, own: &[Tool]) -> Vec<Tool> {
    let all = options.extensions.as_ref().map(|all| all.tools()).unwrap_or_default();
    let is_free = |tool: &&ToolDefinition| own.iter().all(|own| own.name != tool.name);
    all.iter().filter(is_free).map(|tool| listed(tool, options)).collect()
}

fn listed(tool: &ToolDefinition, options: &Options) -> Tool {
    let effects = tool.effects(&options.policy);
    Tool::new(tool.name.clone(), tool.description.clone(), input(&tool.schema))
        .with_title(tool.label.clone())
        .annotate(of_list(&tool.label, &effects))
}

/// Makes the schema of an object, whatever an extension has said.
fn input(schema: &Value) -> Map<String, Value> {
    let mut fields = schema.as_object().cloned().unwrap_or_default();
    fields.insert("type".to_owned(), "object".into());
    fields
}

/// Calls a tool of an extension. Nothing, if there is none of this name.
pub(super) async fn call(
    tool: &str,
    arguments: Option<JsonObject>,
    road: &Road,
    turnstile: &Turnstile,
    caller: &Caller,
) -> Option<Result<CallToolResponse, Failed>> {
    if !turnstile.names.contains(tool) {
        return None;
    }
    let visit = match &caller.state {
        None => begin(tool, arguments, road, turnstile, caller).await,
        Some(state) => match come_again(state, road, turnstile, caller) {
            Ok(visit) => visit,
            Err(failed) => return Some(Err(failed)),
        },
    };
    let options = &road.options;
    let called = match visit.go_on(caller, options.thinking).await {
        Visited::Ended(Ok(called)) => called,
        Visited::Ended(Err(gone)) => return Some(Err(gone.into())),
        Visited::Late => {
            let ms = options.timeout.map_or(0, |time| time.as_millis());
            let refused = Refused::new("deadline", format!("the tool took more than {ms} ms"));
            return Some(Ok(refused.result().into()));
        }
        Visited::Asks(visit) => return Some(ask(visit, road, turnstile, caller)),
    };
    let result = match called {
        Some(Ok(output)) => {
            tell_of_hooks(&output);
            result(output, options.result)
        }
        Some(Err(error)) => {
            let text = cut_text(error.to_string(), options.result).0;
            Refused::new(kind(&error), text).result()
        }
        None => Refused::new("not_found", "the extensions are gone").result(),
    };
    Some(Ok(result.into()))
}

/// Says on standard error, the log of a server, which hooks failed.
fn tell_of_hooks(output: &ToolOutput) {
    for error in &output.hook_errors {
        let text = format!("moonfuel: a hook failed: {}\n", error.escape_debug());
        // It goes on when nobody listens.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// Begins a call.
async fn begin(
    tool: &str,
    arguments: Option<JsonObject>,
    road: &Road,
    turnstile: &Turnstile,
    caller: &Caller,
) -> Box<Visit> {
    // Whoever waits for its turn waits here, and not on a thread.
    let mut turn = turnstile.turn().await;
    *turn += 1;
    let id = format!("mcp-{turn}");
    let (tell, updates) = unbounded_channel();
    let (ask, questions) = unbounded_channel();
    let canceller = Canceller::new();
    let listener = road.options.listener.clone();
    listener.listen(caller.can_ask().then_some(ask));
    let context = CallContext::new(&road.options.folder)
        .canceller(canceller.clone())
        .own_clock()
        .ui(listener)
        .on_update(move |text| {
            // The call goes on when nobody listens.
            let _ = tell.send(text.to_owned());
        });
    let (name, arguments) = (tool.to_owned(), Value::Object(arguments.unwrap_or_default()));
    let (shared, threads) = (Arc::clone(&road.options), road.threads.clone());
    let work = async move {
        let call = move || {
            let all = shared.extensions.as_ref()?;
            Some(all.call_tool(&name, arguments, &id, context))
        };
        threads.run(call).await
    };
    Box::new(Visit {
        work: Box::pin(work),
        updates,
        questions,
        left: road.options.timeout,
        stop: StopOnDrop(canceller),
        open: None,
        asked: 0,
        _turn: turn,
    })
}

/// Has the client ask the user, and come again.
fn ask(
    visit: Box<Visit>,
    road: &Road,
    turnstile: &Turnstile,
    caller: &Caller,
) -> Result<CallToolResponse, Failed> {
    let name = name().map_err(|error| Refused::new("internal", error.to_string()))?;
    let requests: InputRequests = visit.request().into_iter().collect();
    let time = road.options.thinking;
    let state = road.seal.close(name.as_bytes(), &caller.fingerprint, time);
    turnstile.keep(name, visit, time);
    Ok(InputRequiredResult::new(Some(requests), Some(state)).into())
}

/// Takes up the call that a client comes again for.
fn come_again(
    state: &str,
    road: &Road,
    turnstile: &Turnstile,
    caller: &Caller,
) -> Result<Box<Visit>, Failed> {
    let name = opened(&road.seal, state, &caller.fingerprint)?;
    let name = String::from_utf8_lossy(&name);
    turnstile.again(&name).ok_or_else(|| {
        let text = "this answer was given already, or the call that asked has been given up: call \
                    again without requestState";
        Refused::usage(text).into()
    })
}

fn kind(error: &ImpError) -> &'static str {
    match error {
        ImpError::Lua(error) | ImpError::Tool(error) => error.kind.name(),
        ImpError::Extension(_) => "usage",
    }
}

/// Makes a result of what a tool answers, within `budget` bytes of text.
fn result(output: ToolOutput, budget: usize) -> CallToolResult {
    let mut left = budget;
    let mut content: Vec<ContentBlock> = Vec::new();
    for block in output.content {
        content.push(match block.get("text").and_then(Value::as_str) {
            Some(text) => {
                let (text, is_cut) = cut_text(text.to_owned(), left);
                left = if is_cut { 0 } else { left.saturating_sub(text.len()) };
                ContentBlock::text(text)
            }
            None => {
                let size = block.to_string().len();
                if size > left {
                    left = 0;
                    ContentBlock::text(format!("(cut: a block of {size} bytes)"))
                } else {
                    left -= size;
                    serde_json::from_value(block.clone())
                        .unwrap_or_else(|_| ContentBlock::text(block.to_string()))
                }
            }
        });
    }
    let mut result = match output.is_error {
        true => CallToolResult::error(content),
        false => CallToolResult::success(content),
    };
    if let Some(details) = output.details {
        let details = cut(details, budget).0;
        result.structured_content = Some(match details {
            Value::Object(_) => details,
            other => json!({"details": other}),
        });
    }
    result
}
