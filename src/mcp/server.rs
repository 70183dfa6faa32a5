//! The server as `rmcp` drives it: what is asked of it, and what it is.

use super::budget::short;
use super::caller::Caller;
use super::calls::Dispatcher;
use super::extensions;
use super::instructions::instructions;
use super::options::Options;
use super::resources;
use super::seal::fingerprint;
use super::tasked::Tasked;
use super::tool_call::StopOnDrop;
use super::tools::{CHECK, CLOSE, FORK, LIST, OPEN, RESET, tools};
use crate::Canceller;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, CreateTaskResult,
    GetTaskParams, GetTaskResult, Implementation, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig, Tool,
    UpdateTaskParams,
};
use rmcp::service::RequestContext;
use rmcp::task_manager::{TaskExit, TaskManager, TaskOptions};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// The revisions that are spoken, oldest first.
pub(super) const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// How often a client is told to look at a task, in milliseconds.
const POLL: u64 = 500;

/// The time of runs that have no limit of it, for their tasks.
const LONG_RUN: Duration = Duration::from_secs(24 * 60 * 60);
/// Questions that each have their whole time before a task is given up.
const QUESTIONS: u32 = 4;
/// The least time that tasks are kept.
const SHORTEST: Duration = Duration::from_secs(300);

/// A server.
pub(super) struct Server {
    dispatcher: Arc<Dispatcher>,
    tools: Vec<Tool>,
    config: ServerConfig,
    tasks: TaskManager,
    closing: watch::Sender<bool>,
}

/// Ends all calls.
#[derive(Clone, Debug)]
pub(super) struct Closing(watch::Sender<bool>);

impl Closing {
    pub(super) fn close(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// # Errors
    /// See [`Dispatcher::new`].
    pub(super) fn new(options: Options) -> io::Result<Server> {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_resources().enable_tasks().build();
        let granted = !options.declared.is_empty();
        let about = Implementation::new("moonfuel", env!("CARGO_PKG_VERSION"))
            .with_title("Moonfuel")
            .with_description("Lua 5.4 in a sandbox with exact limits");
        let config = ServerConfig::new(capabilities)
            .with_server_info(about)
            .with_instructions(instructions(&options.limits, &options.asked, granted))
            .with_protocol_version(ProtocolVersion::V_2025_11_25);
        let mut all = tools(&options);
        let more = extensions::tools(&options, &all);
        let names = more.iter().map(|tool| tool.name.to_string()).collect();
        all.extend(more);
        Ok(Server {
            tools: all,
            dispatcher: Arc::new(Dispatcher::new(options, names)?),
            config,
            tasks: TaskManager::new(),
            closing: watch::Sender::new(false),
        })
    }

    /// Returns how long a task may take, in milliseconds: its run's time, and that of some
    /// questions to the user.
    fn task_time(&self) -> u64 {
        let options = self.dispatcher.options();
        let run = options.timeout.unwrap_or(LONG_RUN);
        let all = run.saturating_add(options.thinking.saturating_mul(QUESTIONS)).max(SHORTEST);
        // What a number of JSON keeps.
        u64::try_from(all.as_millis()).unwrap_or(u64::MAX).min(1 << 53)
    }

    /// Returns what ends all calls.
    pub(super) fn closing(&self) -> Closing {
        Closing(self.closing.clone())
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        self.config.clone()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(&VERSIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.clone()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let CallToolRequestParams { name, arguments, input_responses, request_state, .. } = request;
        let mut caller = Caller::new(&context, fingerprint(&name, arguments.as_ref()));
        caller.answers = input_responses.unwrap_or_default();
        caller.state = request_state;
        let (canceller, task) = (caller.canceller.clone(), Arc::clone(&caller.task));

        // What ends the call from outside: its client, or the end of the server.
        let asked = context.ct.clone().cancelled_owned();
        let watching = tokio::spawn(cancel_at(asked, self.closing.subscribe(), canceller.clone()));

        let is_short = [OPEN, RESET, FORK, CLOSE, LIST, CHECK].contains(&name.as_ref());
        let takes_tasks = context.client_capabilities().is_some_and(|one| one.supports_tasks());
        let dispatcher = Arc::clone(&self.dispatcher);
        if is_short || !takes_tasks {
            let response = dispatcher.call(&name, arguments, &caller).await;
            watching.abort();
            return response;
        }
        let (tell, mut told) = oneshot::channel();
        tokio::spawn(async move {
            let response = dispatcher.call(&name, arguments, &caller).await;
            // The call may be forgotten.
            let _ = tell.send(response);
        });
        if let Ok(done) = tokio::time::timeout(self.dispatcher.options().patience, &mut told).await
        {
            watching.abort();
            return done.unwrap_or_else(|_| Err(lost()));
        }
        // The request ends here, and what ends it must not end the task.
        watching.abort();
        let closing = self.closing.subscribe();
        let options = TaskOptions::new()
            .with_poll_interval_ms(POLL)
            .with_ttl_ms(self.task_time())
            .with_status_message("the script is running");
        let manager = self.tasks.clone();
        let made = self.tasks.spawn(options, |context| {
            // It is set once, here.
            let _ = task.set(Tasked { context: context.clone(), manager });
            let ends = context.clone();
            // A task that is given up takes its run with it.
            let given_up = StopOnDrop(canceller.clone());
            let cancelled = async move { context.cancelled().await };
            tokio::spawn(cancel_at(cancelled, closing, canceller.clone()));
            Box::pin(async move {
                let given_up = given_up;
                let response = told.await;
                let ended = as_task(response, given_up.0.is_cancelled());
                ends.set_status_message(match &ended {
                    Ok(result) if result.is_error == Some(true) => "ended with an error",
                    Ok(_) => "done",
                    Err(TaskExit::Cancelled) => "cancelled",
                    Err(TaskExit::Error(_)) => "failed",
                });
                ended
            })
        });
        Ok(CreateTaskResult::new(made).into())
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        self.tasks.get_task(&request.task_id).map(GetTaskResult::new)
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.tasks.update_task(&request.task_id, request.input_responses)
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.tasks.cancel_task(&request.task_id)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::list(&self.dispatcher.traces)))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let found =
            resources::read(&request.uri, self.dispatcher.options(), &self.dispatcher.traces);
        let contents = found.ok_or_else(|| {
            let text = format!("there is no resource '{}'", short(&request.uri));
            ErrorData::resource_not_found(text, None)
        })?;
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

/// Cancels a run when that is asked for, or the server ends.
async fn cancel_at(
    asked: impl Future<Output = ()>,
    mut closing: watch::Receiver<bool>,
    run: Canceller,
) {
    tokio::select! {
        () = asked => {}
        _ = closing.wait_for(|closing| *closing) => {}
    }
    run.cancel();
}

/// Makes of a call's response what a task ends with. What was done before it was cancelled is
/// done, and its session is no longer as it was.
fn as_task(
    response: Result<Result<CallToolResponse, ErrorData>, oneshot::error::RecvError>,
    cancelled: bool,
) -> Result<CallToolResult, TaskExit> {
    match response {
        Ok(Ok(CallToolResponse::Complete(result)))
            if !cancelled || result.is_error != Some(true) =>
        {
            Ok(result)
        }
        _ if cancelled => Err(TaskExit::Cancelled),
        Ok(Err(error)) => Err(TaskExit::Error(error)),
        // A task asks by itself.
        Ok(Ok(_)) | Err(_) => Err(TaskExit::Error(lost())),
    }
}

fn lost() -> ErrorData {
    ErrorData::internal_error("the call is lost", None)
}

#[cfg(test)]
mod tests;
