//! The tools that extensions have registered.

use super::annotations::of_list;
use super::budget::{cut, cut_error, cut_text};
use super::caller::{Asking, Caller};
use super::ended::{Refused, error_text};
use super::failed::{Failed, opened, protocol, use_up};
use super::offered::{offered, with_objects};
use super::options::Options;
use super::paused::Paused;
use super::runs::Runner;
use super::spent::{Spent, good_for};
use super::tool_call::{StopOnDrop, ToolCall, ToolCallEnd, key};
use super::turns::Bell;
use crate::Canceller;
use crate::host::imp::{CallContext, Extensions, ImpError, ToolDefinition, ToolOutput};
use crate::host::permits::Permits;
use crate::session::{lock, read_bounded};
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, InputRequests, InputRequiredResult, JsonObject,
    Tool,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a call waits for one that waits for its client to come again, before it has its
/// place: a client may never come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls that may wait for their turn.
const QUEUE: usize = 64;

/// A call that waits, and its name.
type Waiting = Option<(String, Box<ToolCall>)>;

/// Has the calls of extensions' tools wait for each other.
pub(super) struct CallQueue {
    /// The names of the tools. The runtime, which a call at work holds, is not asked for them.
    names: BTreeSet<String>,
    /// One at a time is at work. Also the number of calls there were.
    turn: Arc<Mutex<u64>>,
    /// Those of calls that wait for their turn.
    places: Permits,
    /// The one that waits for its client to come again.
    waiting: Arc<std::sync::Mutex<Waiting>>,
}

impl CallQueue {
    /// Takes the names of the extensions' tools.
    pub(super) fn new(names: BTreeSet<String>) -> CallQueue {
        CallQueue {
            names,
            turn: Arc::default(),
            places: Permits::default(),
            waiting: Arc::default(),
        }
    }

    /// Returns the names of the extensions' tools.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// When too many wait, or the call is cancelled meanwhile.
    async fn turn(&self, canceller: &Canceller) -> Result<OwnedMutexGuard<u64>, Refused> {
        let Some(_place) = self.places.take(QUEUE) else {
            let text = format!("{QUEUE} calls wait for the extensions already");
            return Err(Refused::new("busy", text));
        };
        let turn = async {
            let turn = || Arc::clone(&self.turn).lock_owned();
            match tokio::time::timeout(PATIENCE, turn()).await {
                Ok(turn) => turn,
                Err(_) => {
                    drop(self.waiting().take());
                    turn().await
                }
            }
        };
        tokio::select! {
            turn = turn => Ok(turn),
            () = Bell::cancelled(canceller) => {
                let text = "the call was cancelled while it waited for the extensions";
                Err(Refused::new("cancelled", text))
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }

    /// Takes a call up again; nothing, if it is not there any more.
    fn again(&self, name: &str) -> Option<Box<ToolCall>> {
        self.waiting().take_if(|(waits, _)| waits == name).map(|(_, tool_call)| tool_call)
    }

    /// Keeps a call for its client, for a time.
    fn keep(&self, name: String, tool_call: Box<ToolCall>, time: Duration) {
        let waiting = Arc::clone(&self.waiting);
        *self.waiting() = Some((name.clone(), tool_call));
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            let mut waiting = lock(&waiting);
            drop(waiting.take_if(|(waits, _)| *waits == name));
        });
    }
}

impl fmt::Debug for CallQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallQueue").finish_non_exhaustive()
    }
}

/// Lists the tools of extensions, without those whose names are taken.
pub(super) fn tools(options: &Options, own: &[Tool]) -> Vec<Tool> {
    offered(options, own).iter().map(|tool| listed(tool, options)).collect()
}

fn listed(tool: &ToolDefinition, options: &Options) -> Tool {
    let effects = tool.effects(&options.policy);
    Tool::new(tool.name.clone(), tool.description.clone(), input(&tool.schema))
        .with_title(tool.label.clone())
        .annotate(of_list(&tool.label, &effects))
}

/// Makes the schema of an object, whatever an extension has said.
fn input(schema: &Value) -> Map<String, Value> {
    let mut schema = schema.clone();
    with_objects(&mut schema, 0);
    let mut fields = schema.as_object().cloned().unwrap_or_default();
    fields.insert("type".to_owned(), "object".into());
    fields
}

/// Where a tool of an extension is called.
#[derive(Clone, Copy)]
pub(super) struct ExtensionTools<'a> {
    pub(super) runner: &'a Runner,
    pub(super) queue: &'a CallQueue,
    pub(super) spent: &'a Spent,
}

impl ExtensionTools<'_> {
    /// Calls a tool. Nothing, if there is none of this name.
    pub(super) async fn call(
        self,
        tool: &str,
        arguments: Option<JsonObject>,
        caller: &Caller,
    ) -> Option<Result<CallToolResponse, Failed>> {
        if !self.queue.names.contains(tool) {
            return None;
        }
        Some(self.serve(tool, arguments, caller).await)
    }

    async fn serve(
        self,
        tool: &str,
        arguments: Option<JsonObject>,
        caller: &Caller,
    ) -> Result<CallToolResponse, Failed> {
        let tool_call = match &caller.state {
            None => self.begin(tool, arguments, caller, None).await?,
            Some(state) => match self.come_again(state, caller)? {
                Ok(tool_call) => tool_call,
                Err(paused) => {
                    let name = paused.name.clone();
                    let begun = self.begin(tool, arguments, caller, Some(paused)).await;
                    // Nothing was done: it can come again.
                    begun.inspect_err(|_| self.spent.give_back(&name))?
                }
            },
        };
        let options = &self.runner.options;
        let (called, differs) = match tool_call.go_on(caller, options.thinking).await {
            ToolCallEnd::Ended(worked) => worked?,
            ToolCallEnd::Late => {
                let ms = options.timeout.map_or(0, |time| time.as_millis());
                let text = format!("the tool took more than {ms} ms");
                return Ok(Refused::new("deadline", text).result().into());
            }
            ToolCallEnd::Asks(tool_call) => return self.ask(tool_call, caller),
        };
        if let Some(what) = differs {
            let what = cut_text(what, options.result).0;
            let text = format!("the call cannot go on here: {what}. Nothing was done again");
            return Ok(Refused::usage(text).result().into());
        }
        let result = match called {
            Some(Ok(output)) => {
                tell_of_hooks(&output);
                result(output, options.result)
            }
            Some(Err(error)) => failed(&error, options.result),
            None => Refused::new("not_found", "the extensions are gone").result(),
        };
        Ok(result.into())
    }

    /// Begins a call; one that another process has paused, with what it was answered there.
    async fn begin(
        self,
        tool: &str,
        arguments: Option<JsonObject>,
        caller: &Caller,
        paused: Option<Paused>,
    ) -> Result<Box<ToolCall>, Refused> {
        let options = &self.runner.options;
        // Whoever waits for its turn waits here, and not on a thread.
        let mut turn = self.queue.turn(&caller.canceller).await?;
        *turn += 1;
        let is_new = paused.is_none();
        let paused = paused.unwrap_or_else(|| Paused::new(format!("mcp-{turn}"), options.timeout));
        let id = paused.id.clone();
        let (tell, updates) = unbounded_channel();
        let (ask, questions) = unbounded_channel();
        let canceller = Canceller::new();
        let listener = options.listener.clone();
        let listening = caller.can_ask().then_some(ask);
        let context = CallContext::new(&options.folder)
            .canceller(canceller.clone())
            .own_clock()
            .ui(listener.clone())
            .on_update(move |text| {
                // The call goes on when nobody listens.
                let _ = tell.send(text.to_owned());
            });
        let mut known = VecDeque::from(paused.said);
        if !is_new {
            known.push_back(caller.said(&key(paused.asked)));
        }
        let saved =
            matches!(caller.asking, Asking::Again).then(|| paused.journal.unwrap_or_default());
        let (name, arguments) = (tool.to_owned(), Value::Object(arguments.unwrap_or_default()));
        let (shared, threads, stop) =
            (Arc::clone(options), self.runner.threads.clone(), canceller.clone());
        let (of, journal) = (id.clone(), options.journal.clone());
        let work = async move {
            let call = move || {
                let Some(all) = shared.extensions.as_ref() else { return (None, None) };
                let runtime = all.runtime();
                let mut runtime = lock(&runtime);
                // Not before: a call that was given up may have it until now.
                listener.listen(listening);
                if let Some(saved) = saved {
                    shared.journal.begin(&saved, stop);
                }
                let called = runtime.call_tool(&name, arguments, &of, context);
                (Some(called), shared.journal.end())
            };
            threads.run(call).await
        };
        Ok(Box::new(ToolCall {
            work: Box::pin(work),
            id,
            journal,
            known,
            said: (0, Vec::new()),
            updates,
            questions,
            left: paused.left,
            stop: StopOnDrop(canceller),
            open: None,
            asked: paused.asked,
            _turn: turn,
        }))
    }

    /// Has the client ask the user, and come again.
    fn ask(self, tool_call: Box<ToolCall>, caller: &Caller) -> Result<CallToolResponse, Failed> {
        let options = &self.runner.options;
        let name = good_for(options.thinking);
        let name = name.map_err(|error| Refused::new("internal", error.to_string()))?;
        let requests: InputRequests = tool_call.request().into_iter().collect();
        let paused = Paused {
            name: name.clone(),
            id: tool_call.id.clone(),
            left: tool_call.left,
            asked: tool_call.asked,
            said: tool_call.said.1.clone(),
            extensions: self.digest(),
            rules: options.rules.clone(),
            journal: tool_call.journal.save(),
        };
        let time = options.thinking;
        let state = self.runner.seal.close(&paused.write(), &caller.fingerprint, time);
        self.queue.keep(name, tool_call, time);
        Ok(InputRequiredResult::new(Some(requests), Some(state)).into())
    }

    fn digest(self) -> String {
        self.runner.options.extensions.as_ref().map(Extensions::digest).unwrap_or_default()
    }

    /// Takes up the call that a client comes again for: it waits here, or must begin anew.
    fn come_again(
        self,
        state: &str,
        caller: &Caller,
    ) -> Result<Result<Box<ToolCall>, Paused>, Failed> {
        let bytes = opened(&self.runner.seal, state, &caller.fingerprint)?;
        let paused = Paused::read(&bytes)
            .ok_or_else(|| protocol("requestState is of another version of this server"))?;
        use_up(self.spent, &paused.name)?;
        if let Some(tool_call) = self.queue.again(&paused.name) {
            return Ok(Ok(tool_call));
        }
        let cannot = match &paused.journal {
            Err(why) => format!("the process that asked is gone, and {why}"),
            Ok(_) if paused.extensions != self.digest() => {
                "the extensions are not those that asked".to_owned()
            }
            Ok(_) if paused.rules != self.runner.options.rules => {
                "the server's rules are not those under which it asked".to_owned()
            }
            Ok(_) => return Ok(Err(paused)),
        };
        // It can where it was asked, if that is still there.
        self.spent.give_back(&paused.name);
        let text = format!("the call cannot go on here: {cannot}: call again without requestState");
        Err(Refused::usage(text).into())
    }
}

/// Says on standard error, the log of a server, which hooks failed.
fn tell_of_hooks(output: &ToolOutput) {
    for error in &output.hook_errors {
        let text = format!("moonfuel: a hook failed: {}\n", error.escape_debug());
        // It goes on when nobody listens.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

fn kind(error: &ImpError) -> &'static str {
    match error {
        ImpError::Lua(error) | ImpError::Tool(error) => error.kind.name(),
        ImpError::Extension(_) => "usage",
    }
}

/// Makes the result of a call that failed, with what the tool raised, if that was no text.
fn failed(error: &ImpError, budget: usize) -> CallToolResult {
    let (ImpError::Lua(raised) | ImpError::Tool(raised)) = error else {
        let text = cut_text(error.to_string(), budget).0;
        return Refused::new(kind(error), text).result();
    };
    let mut told = json!({"kind": kind(error), "message": error.to_string()});
    if let Some(value) = &raised.value {
        told["value"] = read_bounded(value.as_bytes()).unwrap_or_default();
    }
    let told = cut_error(told, budget).0;
    let mut result = CallToolResult::error(vec![ContentBlock::text(error_text(&told))]);
    result.structured_content = Some(json!({"ok": false, "error": told}));
    result
}

/// Makes a result of what a tool answers, within `budget` bytes of text.
fn result(output: ToolOutput, budget: usize) -> CallToolResult {
    let (mut all, mut any_cut, mut left) = (0, false, budget);
    let mut content: Vec<ContentBlock> = Vec::new();
    for block in output.content {
        let text = block.get("text").and_then(Value::as_str);
        let size = text.map_or_else(|| block.to_string().len(), str::len);
        all += size;
        content.push(match text {
            Some(text) => {
                let (text, is_cut) = cut_text(text.to_owned(), left);
                any_cut |= is_cut;
                left = if is_cut { 0 } else { left.saturating_sub(text.len()) };
                ContentBlock::text(text)
            }
            None if size > left => {
                any_cut = true;
                left = 0;
                ContentBlock::text(format!("(cut: a block of {size} bytes)"))
            }
            None => {
                left -= size;
                serde_json::from_value(block.clone())
                    .unwrap_or_else(|_| ContentBlock::text(block.to_string()))
            }
        });
    }
    let mut notes = Vec::new();
    if any_cut {
        notes.push(format!("the content has {all} bytes"));
    }
    let details = output.details.map(|details| {
        let size = details.to_string().len();
        let (details, is_cut) = cut(details, budget);
        if is_cut {
            notes.push(format!("the details have {size} bytes of JSON"));
        }
        details
    });
    if !notes.is_empty() {
        content.push(ContentBlock::text(format!("(cut: {} in all)", notes.join(", "))));
    }
    let mut result = match output.is_error {
        true => CallToolResult::error(content),
        false => CallToolResult::success(content),
    };
    if let Some(details) = details {
        result.structured_content = Some(match details {
            Value::Object(_) => details,
            other => json!({"details": other}),
        });
    }
    result
}
