//! Values that scripts hold and pass on, and cannot look into.

use super::user_data::{Methods, UserData};
use std::fmt;

/// Something that a script may have and hand to host functions, and not read: a key, a
/// password. It is an object without methods. Whatever the script does with it, its bytes are
/// in no table, no message, no trace and no snapshot.
///
/// ```
/// use moonfuel::{HostError, Object, Secret, Session};
///
/// let mut session = Session::builder()
///     .object::<Secret>()
///     .function_with("vault.key", |cx, name: String| cx.object(Secret::new(format!("{name}-4711"))))
///     .function_with("http.get", |cx, (url, key): (String, Object<Secret>)| {
///         let header = cx.with(&key, |key| format!("Bearer {}", String::from_utf8_lossy(key.reveal())))?;
///         assert_eq!(header, "Bearer moon-4711");
///         Ok(format!("the page at {url}"))
///     })
///     .build()?;
/// let report = session.run("local key = vault.key('moon') return tostring(key), http.get('u', key)");
/// assert_eq!(report.json()?, r#"["secret: 1","the page at u"]"#);
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
pub struct Secret(Vec<u8>);

impl Secret {
    /// Makes a secret of its bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Secret {
        Secret(bytes.into())
    }

    /// Returns the bytes.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    /// Shows that it is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(...)")
    }
}

impl UserData for Secret {
    const NAME: &'static str = "secret";

    fn add_methods(_: &mut Methods<Self>) {}
}
