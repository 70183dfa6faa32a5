//! What is answered when.

use super::{Answered, Flight};
use rmcp::model::RequestId;
use serde_json::json;

fn id(number: i64) -> RequestId {
    RequestId::Number(number)
}

#[test]
fn an_id_is_taken_until_its_request_is_answered_or_cancelled() {
    let mut flight = Flight::default();
    assert!(!flight.has(&id(1)));
    flight.begin(id(1), None);
    flight.begin(RequestId::String("1".into()), None);
    assert!(flight.has(&id(1)));
    assert_eq!(flight.answered(&id(1), &json!(1)), Answered::Alone);
    assert!(!flight.has(&id(1)) && flight.has(&RequestId::String("1".into())));
    assert_eq!(flight.cancelled(&RequestId::String("1".into())), Answered::Later);
    assert!(!flight.has(&RequestId::String("1".into())));
    // An answer to nothing is written all the same.
    assert_eq!(flight.answered(&id(9), &json!(1)), Answered::Alone);
}

#[test]
fn a_batch_is_answered_when_all_of_it_is() {
    let mut flight = Flight::default();
    let batch = flight.batch(4);
    for number in 1..=3 {
        flight.begin(id(number), Some(batch));
    }
    assert_eq!(flight.answered_in(batch, &json!("refused")), Answered::Later);
    assert_eq!(flight.answered(&id(3), &json!("three")), Answered::Later);
    assert_eq!(flight.cancelled(&id(2)), Answered::Later);
    let all = vec![json!("refused"), json!("three"), json!("one")];
    assert_eq!(flight.answered(&id(1), &json!("one")), Answered::Batch(all));

    // Of one whose requests are all cancelled there is nothing to say.
    let batch = flight.batch(1);
    flight.begin(id(1), Some(batch));
    assert_eq!(flight.cancelled(&id(1)), Answered::Later);
    assert!(flight.batches.is_empty() && flight.open.is_empty());
    flight.batch(0);
    assert!(flight.batches.is_empty());
}
