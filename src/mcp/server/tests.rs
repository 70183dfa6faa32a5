//! What a task ends with.

use super::*;
use rmcp::model::ContentBlock;

fn ended(result: CallToolResult, cancelled: bool) -> Result<CallToolResult, TaskExit> {
    as_task(Ok(Ok(result.into())), cancelled)
}

#[test]
fn what_was_done_before_its_task_was_cancelled_is_done() {
    let text = || vec![ContentBlock::text("so")];
    for cancelled in [false, true] {
        let done = ended(CallToolResult::success(text()), cancelled);
        assert_eq!(done.unwrap().is_error, Some(false));
        let failed = ended(CallToolResult::error(text()), cancelled);
        match cancelled {
            true => assert!(matches!(failed, Err(TaskExit::Cancelled))),
            false => assert_eq!(failed.unwrap().is_error, Some(true)),
        }
        let lost = as_task(Ok(Err(lost())), cancelled);
        assert_eq!(matches!(lost, Err(TaskExit::Cancelled)), cancelled);
    }
}
