//! What scripts and extensions ask the user by themselves: `jido.ask_user`, `imp.ui`.

use super::decision::Decision;
use crate::host::ui::{self, UiAnswer, UiKind, UiOption, UiRequest};
use crate::{HostError, HostValue, PendingCall};
use rmcp::model::{ElicitRequestParams, ElicitationSchema, EnumSchema};
use serde_json::Value;

/// The function of `jido` that asks.
const ASK: &str = "jido.ask_user";
/// Those of `imp`.
const REQUEST: &str = "imp.ui.request";
const CONFIRM: &str = "imp.ui.confirm";

/// All of them.
pub(crate) const QUESTIONS: [&str; 3] = [ASK, REQUEST, CONFIRM];

/// Tells whether a call is a question, and no effect.
pub(super) fn is_question(call: &PendingCall) -> bool {
    QUESTIONS.contains(&call.name.as_str())
}

/// Reads the question that a call is.
///
/// # Errors
/// What the call answers at once, if it is none.
fn read(call: &PendingCall) -> Result<UiRequest, HostValue> {
    let text = |at: usize| call.args.get(at).and_then(HostValue::as_str).map(str::to_owned);
    if call.name == CONFIRM {
        return Ok(ui::yes_or_no(text(0).unwrap_or_default(), text(1)));
    }
    let spec = match (text(0), call.args.first()) {
        // A text alone asks for a text.
        (Some(title), _) if call.name == ASK => {
            HostValue::object([("kind", "input".into()), ("title", title.into())])
        }
        (_, Some(spec)) => spec.clone(),
        (_, None) => HostValue::Nil,
    };
    ui::read(&spec).map_err(|_| ui::invalid(&spec).unwrap_or_default())
}

/// Returns what a question answers that the user need not see: it is none, or no form can
/// show it.
pub(super) fn settled(call: &PendingCall) -> Option<HostValue> {
    match read(call) {
        Err(answer) => Some(answer),
        Ok(request) if request.kind == UiKind::Custom && call.name == REQUEST => {
            Some(unavailable("this client shows no components of an extension's own"))
        }
        Ok(_) => None,
    }
}

/// Returns the form that a question is.
pub(super) fn form_of_call(call: &PendingCall) -> ElicitRequestParams {
    form(&read(call).unwrap_or_else(|_| ui::yes_or_no(String::new(), None)))
}

/// Returns the form for a question.
pub(super) fn form(request: &UiRequest) -> ElicitRequestParams {
    let asked = [Some(request.title.as_str()), request.message.as_deref()];
    let mut lines: Vec<String> =
        asked.into_iter().flatten().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push("A script asks:".to_owned());
    }
    lines.extend(request.options.iter().filter_map(described));
    let message = lines.join("\n");
    let builder = ElicitationSchema::builder();
    let labels = || request.options.iter().map(shown).collect::<Vec<String>>();
    let schema = match request.kind {
        UiKind::Confirm => builder.required_bool("answer"),
        UiKind::Select if !request.options.is_empty() => {
            builder.required_enum_schema("answer", EnumSchema::builder(labels()).build())
        }
        UiKind::MultiSelect if !request.options.is_empty() => builder
            .required_enum_schema("answer", EnumSchema::builder(labels()).multiselect().build()),
        _ => match request.placeholder.clone() {
            None => builder.required_string("answer"),
            Some(shown) => builder.required_string_with("answer", |text| text.description(shown)),
        },
    };
    let requested_schema = schema.build_unchecked();
    ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema }
}

fn shown(option: &UiOption) -> String {
    option.label.clone()
}

/// Returns what an option means, for which lists of choices have no place.
fn described(option: &UiOption) -> Option<String> {
    let meaning = option.description.as_deref().filter(|meaning| !meaning.is_empty())?;
    Some(format!("{}: {meaning}", option.label))
}

/// Returns what the user's answer is to a question.
pub(super) fn answer_of(request: &UiRequest, decision: &Decision) -> UiAnswer {
    let Decision::Accepted(content) = decision else { return UiAnswer::Cancelled };
    let answer = content.get("answer");
    let chosen = |value: &Value| {
        let label = value.as_str()?;
        request.options.iter().position(|option| option.label == label)
    };
    let answer = match request.kind {
        UiKind::Confirm => answer.and_then(Value::as_bool).map(UiAnswer::Confirmed),
        UiKind::Select => answer.and_then(chosen).map(UiAnswer::Selected),
        UiKind::MultiSelect => answer
            .and_then(Value::as_array)
            .and_then(|all| all.iter().map(chosen).collect::<Option<_>>())
            .map(UiAnswer::ManySelected),
        UiKind::Input => answer.and_then(Value::as_str).map(|text| UiAnswer::Text(text.to_owned())),
        // No form shows what a custom question is made of: a text is all that is asked for.
        UiKind::Custom => answer.and_then(Value::as_str).map(|text| UiAnswer::Custom(text.into())),
    };
    // What does not fit the form is no answer.
    answer.unwrap_or(UiAnswer::Cancelled)
}

/// Returns what a question comes to in its script.
///
/// # Errors
/// When the answer is to another kind of question.
pub(super) fn answer(call: &PendingCall, decision: &Decision) -> Result<Vec<HostValue>, HostError> {
    let value = match (call.name.as_str(), read(call)) {
        (_, Err(answer)) => answer,
        (CONFIRM, Ok(request)) => match answer_of(&request, decision) {
            UiAnswer::Confirmed(answer) => answer.into(),
            _ => HostValue::Nil,
        },
        (_, Ok(request)) => ui::answered(&request, answer_of(&request, decision))?,
    };
    Ok(vec![value])
}

/// Returns what a question comes to that nobody can be asked.
pub(super) fn unasked(call: &PendingCall, why: &str) -> HostValue {
    if call.name == CONFIRM { HostValue::Nil } else { unavailable(why) }
}

fn unavailable(why: &str) -> HostValue {
    HostValue::object([
        ("ok", HostValue::Boolean(false)),
        ("reason", "unavailable".into()),
        ("message", why.to_owned().into()),
    ])
}
