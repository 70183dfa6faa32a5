//! Asking the user: `imp.ui`, `jido.ask_user`.

use crate::{HostError, HostValue};
use std::sync::Arc;

/// What a script asks the user.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UiRequest {
    /// What kind of question it is.
    pub kind: UiKind,
    /// The heading.
    pub title: String,
    /// The question at length.
    pub message: Option<String>,
    /// What may be chosen, for [`UiKind::Select`] and [`UiKind::MultiSelect`].
    pub options: Vec<UiOption>,
    /// What an empty field shows, for [`UiKind::Input`].
    pub placeholder: Option<String>,
    /// What a custom question is made of.
    pub component: HostValue,
}

/// A kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UiKind {
    /// Yes or no.
    Confirm,
    /// One of the options.
    Select,
    /// Some of the options.
    MultiSelect,
    /// A text.
    Input,
    /// Whatever the component is.
    Custom,
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UiOption {
    /// What it is called.
    pub label: String,
    /// What it means.
    pub description: Option<String>,
}

/// What the user answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum UiAnswer {
    /// Nobody can be asked.
    Unavailable,
    /// The user does not want to answer.
    Cancelled,
    /// To [`UiKind::Confirm`].
    Confirmed(bool),
    /// The number of the option, from 0, to [`UiKind::Select`].
    Selected(usize),
    /// The numbers of the options, from 0, to [`UiKind::MultiSelect`].
    ManySelected(Vec<usize>),
    /// To [`UiKind::Input`].
    Text(String),
    /// To [`UiKind::Custom`].
    Custom(HostValue),
}

/// Whoever can ask the user.
///
/// ```
/// use moonfuel::host::imp::{CallContext, Runtime, UiAnswer, UiRequest};
///
/// let mut runtime = Runtime::builder().build()?;
/// runtime.load(
///     "ask.lua",
///     br#"
///     imp.register_command("ask", {
///         description = "Asks",
///         handler = function() return imp.ui.confirm("Sure?") and "yes" or "no" end,
///     })
///     "#,
/// )?;
/// let context = CallContext::new("/").ui(|request: &UiRequest| {
///     assert_eq!(request.title, "Sure?");
///     UiAnswer::Confirmed(true)
/// });
/// assert_eq!(runtime.execute_command("ask", "", Some(context))?.as_deref(), Some("yes"));
/// # Ok::<(), moonfuel::host::imp::ImpError>(())
/// ```
pub trait Ui: Send + Sync {
    /// Asks, and waits for the answer.
    fn ask(&self, request: &UiRequest) -> UiAnswer;
}

impl<F: Fn(&UiRequest) -> UiAnswer + Send + Sync> Ui for F {
    fn ask(&self, request: &UiRequest) -> UiAnswer {
        self(request)
    }
}

/// Returns the field of a table as text; nothing, if it is not there.
///
/// # Errors
/// When it is no text.
pub(super) fn text_field(table: &HostValue, name: &str) -> Result<Option<String>, String> {
    match table.field(name).filter(|value| !value.is_nil()) {
        None => Ok(None),
        Some(HostValue::String(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(format!("{name} must be a string of UTF-8")),
        },
        Some(other) => {
            let got = other.type_name();
            Err(format!("{name} must be a string (got {got})"))
        }
    }
}

/// Returns the answer to a question that is none; nothing, if it is one.
pub(crate) fn invalid(spec: &HostValue) -> Option<HostValue> {
    let why = read(spec).err()?;
    Some(HostValue::object([
        ("ok", false.into()),
        ("reason", "invalid".into()),
        ("message", why.into()),
    ]))
}

/// `imp.ui.request(spec)`
pub(super) fn request(user: Option<Arc<dyn Ui>>, spec: &HostValue) -> Result<HostValue, HostError> {
    let Ok(request) = read(spec) else { return Ok(invalid(spec).unwrap_or_default()) };
    let answer = match user {
        None => UiAnswer::Unavailable,
        Some(ui) => ui.ask(&request),
    };
    answered(&request, answer)
}

/// Returns what `imp.ui.request` answers.
///
/// # Errors
/// When the answer is to another kind of question.
pub(crate) fn answered(request: &UiRequest, answer: UiAnswer) -> Result<HostValue, HostError> {
    let chosen = |at: &usize| {
        let option = request.options.get(*at)?;
        Some(HostValue::object([
            ("index", HostValue::Integer(*at as i64 + 1)),
            ("label", option.label.clone().into()),
        ]))
    };
    let unavailable = |reason: &str| {
        HostValue::object([("ok", false.into()), ("reason", reason.to_owned().into())])
    };
    let value = match (request.kind, answer) {
        (_, UiAnswer::Unavailable) => return Ok(unavailable("unavailable")),
        (_, UiAnswer::Cancelled) => return Ok(unavailable("cancelled")),
        (UiKind::Confirm, UiAnswer::Confirmed(answer)) => Some(answer.into()),
        (UiKind::Select, UiAnswer::Selected(at)) => chosen(&at),
        (UiKind::MultiSelect, UiAnswer::ManySelected(chosen_ones)) => {
            chosen_ones.iter().map(chosen).collect::<Option<Vec<_>>>().map(HostValue::Array)
        }
        (UiKind::Input, UiAnswer::Text(text)) => Some(text.into()),
        (UiKind::Custom, UiAnswer::Custom(value)) => Some(value),
        _ => None,
    };
    match value {
        Some(value) => Ok(HostValue::object([("ok", true.into()), ("value", value)])),
        None => Err(HostError::new("the user interface gave an answer to another question")),
    }
}

/// `imp.ui.confirm(title, message)`: true or false, or nil if nobody answers.
pub(super) fn confirm(
    user: Option<Arc<dyn Ui>>,
    title: Option<String>,
    message: Option<String>,
) -> Option<bool> {
    match user?.ask(&yes_or_no(title.unwrap_or_default(), message)) {
        UiAnswer::Confirmed(answer) => Some(answer),
        _ => None,
    }
}

/// Makes the question of `imp.ui.confirm`.
pub(crate) fn yes_or_no(title: String, message: Option<String>) -> UiRequest {
    UiRequest {
        kind: UiKind::Confirm,
        title,
        message,
        options: Vec::new(),
        placeholder: None,
        component: HostValue::Nil,
    }
}

/// Reads a question.
///
/// # Errors
/// Why it is none.
pub(crate) fn read(spec: &HostValue) -> Result<UiRequest, String> {
    let text = |name: &str| text_field(spec, name);
    let or = |name: &str, other: &str| text(name)?.map_or_else(|| text(other), |it| Ok(Some(it)));
    let kind = match text("kind")?.as_deref() {
        None | Some("custom") => UiKind::Custom,
        Some("confirm") => UiKind::Confirm,
        Some("select") => UiKind::Select,
        Some("multi_select" | "multi-select") => UiKind::MultiSelect,
        Some("input") => UiKind::Input,
        Some(other) => return Err(format!("unknown ui request kind '{other}'")),
    };
    let options = match kind {
        UiKind::Select | UiKind::MultiSelect => options(spec.field("options"))?,
        _ => Vec::new(),
    };
    Ok(UiRequest {
        kind,
        title: text("title")?.unwrap_or_default(),
        message: or("message", "context")?,
        options,
        placeholder: or("placeholder", "default")?,
        component: spec.field("component").cloned().unwrap_or_default(),
    })
}

fn options(given: Option<&HostValue>) -> Result<Vec<UiOption>, String> {
    let Some(HostValue::Array(items)) = given else {
        return Err("ui request requires an options array".to_owned());
    };
    items.iter().map(option).collect()
}

fn option(item: &HostValue) -> Result<UiOption, String> {
    if let Some(label) = item.as_str() {
        return Ok(UiOption { label: label.to_owned(), description: None });
    }
    let invalid = |why: String| format!("invalid ui option: {why}");
    let label = text_field(item, "label").map_err(invalid)?;
    let description = text_field(item, "description").map_err(invalid)?;
    let label = label.ok_or_else(|| "invalid ui option".to_owned())?;
    Ok(UiOption { label, description })
}
