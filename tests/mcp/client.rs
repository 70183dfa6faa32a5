//! A client of our own: lines of JSON, as the protocol says, and nothing else.

use super::schema::{must_be, must_be_answer, validate};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

pub(crate) const MODERN: &str = "2026-07-28";
/// The revisions that begin with `initialize`.
pub(crate) const LEGACY: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// How long an answer may take on a machine that is busy.
const LONG: Duration = Duration::from_secs(120);

type Elicited = dyn FnMut(&Value) -> Option<Value>;

/// A server and what speaks to it.
pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    pub(crate) revision: &'static str,
    capabilities: Value,
    last: i64,
    /// Answers that nobody has waited for yet.
    answers: BTreeMap<i64, Value>,
    /// The methods that are asked for, by the number of the request.
    methods: BTreeMap<i64, String>,
    /// Notifications in their order.
    pub(crate) told: Vec<Value>,
    /// Answers what the server asks; nothing is no answer.
    pub(crate) elicited: Box<Elicited>,
    pub(crate) hello: Value,
    /// What the server has asked.
    pub(crate) asked: Vec<Value>,
    /// Answers to batches.
    pub(crate) batches: Vec<Vec<Value>>,
    outputs: BTreeMap<String, Value>,
}

pub(crate) fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.arg("mcp").args(args);
    command
}

impl Client {
    /// Starts a server, and says who we are.
    pub(crate) fn start(revision: &'static str, capabilities: Value, args: &[&str]) -> Client {
        let mut child = server(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if tell.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut client = Client {
            stdin: child.stdin.take(),
            child,
            lines,
            revision,
            capabilities,
            last: 0,
            answers: BTreeMap::new(),
            methods: BTreeMap::new(),
            told: Vec::new(),
            elicited: Box::new(|_| panic!("nobody is to be asked")),
            hello: Value::Null,
            asked: Vec::new(),
            batches: Vec::new(),
            outputs: BTreeMap::new(),
        };
        client.hello = if revision == MODERN {
            client.ask("server/discover", json!({}))
        } else {
            let hello = client.ask(
                "initialize",
                json!({
                    "protocolVersion": revision,
                    "capabilities": client.capabilities,
                    "clientInfo": {"name": "test", "version": "1"}
                }),
            );
            client.notify("notifications/initialized", json!({}));
            hello
        };
        for tool in client.ask("tools/list", json!({}))["tools"].as_array().unwrap() {
            let name = tool["name"].as_str().unwrap().to_owned();
            client.outputs.insert(name, tool["outputSchema"].clone());
        }
        client
    }

    pub(crate) fn simple(revision: &'static str) -> Client {
        Client::start(revision, json!({}), &[])
    }

    /// Writes a message.
    pub(crate) fn write(&mut self, message: &Value) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{message}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Writes a request, with the metadata of its era, and returns its number.
    pub(crate) fn send(&mut self, method: &str, mut params: Value) -> i64 {
        self.last += 1;
        if self.revision == MODERN {
            let meta = params.as_object_mut().unwrap().entry("_meta").or_insert_with(|| json!({}));
            meta["io.modelcontextprotocol/protocolVersion"] = MODERN.into();
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "test", "version": "1"});
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
        }
        self.methods.insert(self.last, method.to_owned());
        self.write(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}));
        self.last
    }

    /// Waits for what the server tells, until it is of this method. Returns its params.
    pub(crate) fn until_told(&mut self, method: &str) -> Value {
        loop {
            if let Some(at) = self.told.iter().position(|told| told["method"] == method) {
                return self.told.remove(at)["params"].clone();
            }
            assert!(self.next(LONG), "{method} is not told");
        }
    }

    /// Takes the next message. Tells whether there was one in the time.
    pub(crate) fn next(&mut self, time: Duration) -> bool {
        let Ok(line) = self.lines.recv_timeout(time) else { return false };
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        if let Value::Array(answers) = message {
            assert_eq!(self.revision, LEGACY[0], "a batch: {line}");
            assert!(!answers.is_empty(), "an empty batch");
            for answer in &answers {
                // Of an answer to what cannot be read, the earlier revisions say nothing.
                let revision = if answer.get("id").is_some() { self.revision } else { LEGACY[2] };
                must_be_answer(revision, answer);
            }
            self.batches.push(answers);
            return true;
        }
        match (message.get("id"), message.get("method")) {
            (Some(id), Some(method)) => {
                assert_ne!(self.revision, MODERN, "a server asks nothing: {message}");
                must_be(self.revision, "JSONRPCRequest", &message);
                assert_eq!(method, "elicitation/create");
                must_be(self.revision, "ElicitRequest", &message);
                self.asked.push(message["params"].clone());
                if let Some(result) = (self.elicited)(&message["params"]) {
                    self.write(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
                }
            }
            (None, Some(method)) => {
                must_be(self.revision, "JSONRPCNotification", &message);
                if method == "notifications/progress" {
                    must_be(self.revision, "ProgressNotification", &message);
                }
                self.told.push(message);
            }
            (Some(id), None) => {
                must_be_answer(self.revision, &message);
                let id = id.as_i64().unwrap();
                assert!(self.methods.contains_key(&id), "an answer to nothing: {message}");
                assert!(self.answers.insert(id, message).is_none(), "two answers to {id}");
            }
            (None, None) => panic!("no message: {message}"),
        }
        true
    }

    /// Waits for the answer to a request: the whole message.
    pub(crate) fn wait(&mut self, id: i64) -> Value {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                self.look(id, &answer);
                return answer;
            }
            assert!(self.next(LONG), "no answer to {id}: {}", self.methods[&id]);
        }
    }

    /// Waits for the answer to a message that was written by hand.
    pub(crate) fn answer_to(&mut self, id: i64) -> Value {
        self.methods.insert(id, "by hand".to_owned());
        self.wait(id)
    }

    /// Holds a result against what its method returns.
    fn look(&self, id: i64, answer: &Value) {
        let Some(result) = answer.get("result") else { return };
        let definition = match (self.methods[&id].as_str(), result["resultType"].as_str()) {
            ("initialize", _) => "InitializeResult",
            ("server/discover", _) => "DiscoverResult",
            ("tools/list", _) => "ListToolsResult",
            ("tools/call", Some("input_required")) => "InputRequiredResult",
            ("tools/call", Some("task")) | ("tasks/get", _) => "Task",
            ("tools/call", _) => "CallToolResult",
            ("resources/list", _) => "ListResourcesResult",
            ("resources/templates/list", _) => "ListResourceTemplatesResult",
            ("resources/read", _) => "ReadResourceResult",
            _ => "EmptyResult",
        };
        must_be(self.revision, definition, result);
        if self.revision != MODERN {
            assert!(result.get("resultType").is_none(), "a field of a later revision: {result}");
        }
    }

    /// Asks, and returns the result.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let answer = self.wait(id);
        answer.get("result").unwrap_or_else(|| panic!("{method}: {answer}")).clone()
    }

    /// Asks for what must be refused, and returns the error.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let answer = self.wait(id);
        answer.get("error").unwrap_or_else(|| panic!("{method} is not refused: {answer}")).clone()
    }

    /// Calls a tool, and returns the whole result, which is held against the tool's schema.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        self.held(tool, &result);
        result
    }

    /// Holds a result of a tool against what the tool says it returns.
    pub(crate) fn held(&self, tool: &str, result: &Value) {
        if let Some(structured) = result.get("structuredContent") {
            let schema = &self.outputs[tool];
            if let Err(why) = validate(schema, schema, structured, "$") {
                panic!("{tool}: {why}\n{structured:#}");
            }
        } else {
            assert_ne!(result["resultType"], "complete", "{tool}: {result}");
        }
    }

    /// Runs a script, and returns what is structured.
    pub(crate) fn run(&mut self, code: &str) -> Value {
        self.call("lua_execute", json!({"script": code}))["structuredContent"].clone()
    }

    /// Closes the input, and waits for the end. Returns what came meanwhile.
    pub(crate) fn close(mut self) -> (std::process::ExitStatus, Vec<Value>) {
        drop(self.stdin.take());
        while self.next(LONG) {}
        let status = self.child.wait().unwrap();
        (status, std::mem::take(&mut self.answers).into_values().collect())
    }

    /// Returns how many KiB of memory the server has at the moment.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Kills the server, as a machine that fails would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes parameters of a call that comes again.
pub(crate) fn again(
    tool: &str,
    arguments: &Value,
    state: &Value,
    answers: Map<String, Value>,
) -> Value {
    json!({
        "name": tool,
        "arguments": arguments,
        "requestState": state,
        "inputResponses": answers
    })
}
