//! The same through `rmcp`'s client, as agents have it.

use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult,
    ElicitationAction, Implementation, JsonObject, ReadResourceRequestParams,
};
use rmcp::service::{RequestContext, RoleClient};
use rmcp::transport::TokioChildProcess;
use rmcp::{ClientHandler, ErrorData, ServiceExt};
use serde_json::{Value, json};

/// A client whose user says yes to everything.
#[derive(Clone)]
pub(crate) struct Yes;

impl ClientHandler for Yes {
    fn get_info(&self) -> ClientConfig {
        let capabilities = ClientCapabilities::builder().enable_elicitation().build();
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({"approve": true})))
    }
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(fields) => fields,
        other => panic!("no object: {other}"),
    }
}

fn server(args: &[&str]) -> TokioChildProcess {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_moonfuel"));
    command.arg("mcp").args(args);
    TokioChildProcess::new(command).unwrap()
}

#[tokio::test]
async fn the_client_of_rmcp_lists_calls_reads_and_consents() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let client = Yes.serve(server(&["--root", root, "--ask", "write"])).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools[0].name, "lua_execute");
    let call = |code: &str| {
        let arguments = object(json!({"script": code}));
        CallToolRequestParams::new("lua_execute").with_arguments(arguments)
    };
    let result = client.call_tool(call("print('hi') return 6 * 7")).await.unwrap();
    let structured = result.structured_content.unwrap();
    assert_eq!(structured["values"], json!([42]));
    let error = client.call_tool(call("error('no')")).await.unwrap();
    assert_eq!(error.is_error, Some(true));
    client.call_tool(CallToolRequestParams::new("no_such")).await.unwrap_err();

    let result = client.call_tool(call("return jido.write_file('a', 'b')")).await.unwrap();
    assert_eq!(result.structured_content.unwrap()["status"], "done");
    assert_eq!(std::fs::read_to_string(folder.path().join("a")).unwrap(), "b");

    let resources = client.list_all_resources().await.unwrap();
    let uri = resources[0].uri.clone();
    let read = client.read_resource(ReadResourceRequestParams::new(uri)).await.unwrap();
    let text = serde_json::to_string(&read).unwrap();
    assert!(text.contains("jido.read_file"), "{text}");
    client.cancel().await.unwrap();
}
