//! Types of the host's whose values scripts can hold: what they are called and what they do.

use super::host_context::HostCx;
use super::objects::another_type;
use super::reply::{IntoReply, Reply};
use crate::session::values::host_error::HostError;
use crate::session::values::host_value::{HostKey, HostValue};
use crate::session::values::into_lua::IntoLua;
use crate::session::values::multi::{FromLuaMulti, IntoLuaMulti};
use crate::vm::heap::meta::Event;
use std::any::Any;
use std::marker::PhantomData;

/// A type of the host's whose values scripts can hold, as opaque objects with methods.
///
/// Register the type with [`SessionBuilder::object`](crate::SessionBuilder::object) and hand
/// values out with [`HostCx::object`] or [`Session::object`](crate::Session::object). To a
/// script such an object is a userdata: it can be kept, compared and passed on; what is in
/// it only its methods reach, its metatable is hidden, and `tostring` shows its type and a
/// serial number.
///
/// ```
/// use moonfuel::{Methods, Session, UserData};
///
/// struct Counter(i64);
///
/// impl UserData for Counter {
///     const NAME: &'static str = "counter";
///
///     fn add_methods(methods: &mut Methods<Self>) {
///         methods.method("add", |this, by: Option<i64>| {
///             this.0 += by.unwrap_or(1);
///             Ok(this.0)
///         });
///     }
/// }
///
/// let mut session = Session::builder()
///     .object::<Counter>()
///     .function_with("counter", |cx, start: Option<i64>| cx.object(Counter(start.unwrap_or(0))))
///     .build()?;
/// let report = session.run("local c = counter(40) c:add() return c:add(), tostring(c), type(c)");
/// assert_eq!(report.json()?, r#"[42,"counter: 1","userdata"]"#);
/// let error = session.run("counter().add(3)").json().unwrap_err().to_string();
/// assert!(error.ends_with("bad argument #1 to 'add' (counter expected, got number)"), "{error}");
/// # Ok::<(), moonfuel::LuaError>(())
/// ```
///
/// # Lifetime
///
/// A value is dropped when the collector finds that no script can reach its object and the
/// host holds no handle of it ([`Object`](crate::Object)): at a point that the program alone
/// decides, always the same. What a run lets go that was there before it, no collection finds
/// until the run has ended, since it may be undone until then: the next one does. A value is
/// dropped at once when it is revoked, when a run that made it is undone, and with the session.
/// A value that holds a handle of its own object, or of a function that reaches it, lives as
/// long as the session; of a chain of values that hold each other's handles, a collection frees
/// the first, and the run after it the next.
///
/// What methods change in a value is the host's: a run that fails leaves its session as it was,
/// but the values behind objects as they are.
///
/// # Errors and panics
///
/// A method that fails raises an error, as any host function. One that panics raises an
/// error without the panic's text; the value stays as the panic left it, and can be used. A
/// method whose value is in use, since another one reaches for it with [`HostCx::with`], is
/// an error.
pub trait UserData: Sized + Send + 'static {
    /// What scripts and messages call the type. No other type of a session may have it.
    const NAME: &'static str;

    /// Names what objects of the type can do.
    fn add_methods(methods: &mut Methods<Self>);

    /// About how many bytes the value takes, besides a few dozen: they are counted as
    /// memory of the session until the object is collected.
    fn size_hint(&self) -> usize {
        0
    }

    /// Returns what the value can be made of again with [`UserData::restore`]: a name in the
    /// host's own store, or all there is. Without this a session that has the object cannot be
    /// saved; see [`Session::snapshot`](crate::Session::snapshot).
    ///
    /// ```
    /// use moonfuel::{Methods, Session, UserData};
    ///
    /// struct Counter(u8);
    ///
    /// impl UserData for Counter {
    ///     const NAME: &'static str = "counter";
    ///
    ///     fn add_methods(methods: &mut Methods<Self>) {
    ///         methods.method("add", |this, ()| {
    ///             this.0 += 1;
    ///             Ok(this.0)
    ///         });
    ///     }
    ///
    ///     fn save(&self) -> Option<Vec<u8>> {
    ///         Some(vec![self.0])
    ///     }
    ///
    ///     fn restore(bytes: &[u8]) -> Option<Self> {
    ///         bytes.first().copied().map(Counter)
    ///     }
    /// }
    ///
    /// let builder = || {
    ///     Session::builder()
    ///         .object::<Counter>()
    ///         .function_with("counter", |cx, ()| cx.object(Counter(0)))
    /// };
    /// let mut session = builder().build()?;
    /// session.run("c = counter() c:add()");
    /// let mut restored = builder().restore(&session.snapshot()?)?;
    /// assert_eq!(restored.run("return c:add(), tostring(c)").json()?, r#"[2,"counter: 1"]"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn save(&self) -> Option<Vec<u8>> {
        None
    }

    /// Makes a value again from what [`UserData::save`] has returned; nothing if that cannot be
    /// done: then the session is not restored.
    fn restore(_bytes: &[u8]) -> Option<Self> {
        None
    }
}

/// A method with its types gone.
pub(in crate::session) type AnyMethod = Box<
    dyn FnMut(&mut dyn Any, &mut HostCx<'_>, &mut [HostValue]) -> Result<Reply, HostError> + Send,
>;

/// How a method is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Way {
    /// By its name.
    Name,
    /// As a metamethod.
    Event(Event),
    /// Never: it was to be an operator that Lua has not.
    Nowhere,
}

/// The metamethods of operators. They are given both operands, of which either may be the
/// object.
pub(in crate::session) const OPERATORS: [Event; 18] = [
    Event::Add,
    Event::Sub,
    Event::Mul,
    Event::Div,
    Event::Mod,
    Event::Pow,
    Event::IDiv,
    Event::Unm,
    Event::BAnd,
    Event::BOr,
    Event::BXor,
    Event::BNot,
    Event::Shl,
    Event::Shr,
    Event::Concat,
    Event::Eq,
    Event::Lt,
    Event::Le,
];

/// A method, and where it is found.
pub(in crate::session) struct Method {
    pub(in crate::session) way: Way,
    pub(in crate::session) name: String,
    pub(in crate::session) method: AnyMethod,
}

/// What objects of a type can do: see [`UserData`].
///
/// Arguments and results are typed as those of a host function
/// ([`SessionBuilder::function`](crate::SessionBuilder::function)); a later method of a name
/// takes the place of the one before.
pub struct Methods<T> {
    pub(in crate::session) methods: Vec<Method>,
    of: PhantomData<fn(T)>,
}

impl<T> std::fmt::Debug for Methods<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.methods.iter().map(|method| &method.name)).finish()
    }
}

impl<T: UserData> Methods<T> {
    /// Asks the type for its methods.
    pub(in crate::session) fn of_type() -> Vec<Method> {
        let mut methods = Methods { methods: Vec::new(), of: PhantomData };
        T::add_methods(&mut methods);
        methods.methods
    }

    /// Adds a method that scripts call as `object:name(...)`.
    pub fn method<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        name: impl Into<String>,
        mut method: impl FnMut(&mut T, A) -> Result<R, HostError> + Send + 'static,
    ) {
        self.method_with(name, move |this, _, args| method(this, args));
    }

    /// Adds a method that looks at the run it is called in, or answers with a [`Reply`]:
    /// what goes on with a function of the script's has the object no more, but for
    /// [`HostCx::with`].
    pub fn method_with<A: FromLuaMulti, R: IntoReply>(
        &mut self,
        name: impl Into<String>,
        method: impl FnMut(&mut T, &mut HostCx<'_>, A) -> Result<R, HostError> + Send + 'static,
    ) {
        self.add(Way::Name, name.into(), method);
    }

    /// Says what `object[key]` is where no method is called `key`.
    ///
    /// ```
    /// use moonfuel::{Methods, Session, UserData};
    ///
    /// struct Point(f64, f64);
    ///
    /// impl UserData for Point {
    ///     const NAME: &'static str = "point";
    ///
    ///     fn add_methods(methods: &mut Methods<Self>) {
    ///         methods.index(|this, key: String| Ok((key == "x").then_some(this.0)));
    ///         methods.new_index(|this, (key, value): (String, f64)| match &*key {
    ///             "x" => Ok(this.0 = value),
    ///             _ => Err(format!("a point has no '{key}' to set").into()),
    ///         });
    ///         methods.to_string(|this| Ok(format!("({}, {})", this.0, this.1)));
    ///     }
    /// }
    ///
    /// let mut session = Session::builder()
    ///     .object::<Point>()
    ///     .function_with("point", |cx, (x, y): (f64, f64)| cx.object(Point(x, y)))
    ///     .build()?;
    /// let report = session.run("local p = point(1, 2) p.x = p.x + 0.5 return tostring(p), p.z");
    /// assert_eq!(report.json()?, r#"["(1.5, 2)",null]"#);
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn index<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        mut index: impl FnMut(&mut T, A) -> Result<R, HostError> + Send + 'static,
    ) {
        self.event(Event::Index, move |this, args| index(this, args));
    }

    /// Says what `object[key] = value` does, with both as arguments.
    pub fn new_index<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        new_index: impl FnMut(&mut T, A) -> Result<R, HostError> + Send + 'static,
    ) {
        self.event(Event::NewIndex, new_index);
    }

    /// Says what `object(...)` does.
    pub fn call<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        call: impl FnMut(&mut T, A) -> Result<R, HostError> + Send + 'static,
    ) {
        self.event(Event::Call, call);
    }

    /// Says what `#object` is.
    pub fn len<R: IntoLuaMulti>(
        &mut self,
        mut len: impl FnMut(&mut T) -> Result<R, HostError> + Send + 'static,
    ) {
        self.event(Event::Len, move |this, ()| len(this));
    }

    /// Says what `tostring(object)` is, instead of its type and serial number.
    pub fn to_string<R: IntoLuaMulti>(
        &mut self,
        mut text: impl FnMut(&mut T) -> Result<R, HostError> + Send + 'static,
    ) {
        self.event(Event::ToString, move |this, ()| text(this));
    }

    /// Says what `pairs(object)` goes through: keys with their values, in the order in which a
    /// table has them that was filled so. They are asked for once, when the loop begins.
    ///
    /// ```
    /// use moonfuel::{Methods, Session, UserData};
    ///
    /// struct Stock(Vec<(&'static str, i64)>);
    ///
    /// impl UserData for Stock {
    ///     const NAME: &'static str = "stock";
    ///
    ///     fn add_methods(methods: &mut Methods<Self>) {
    ///         methods.pairs(|this| Ok(this.0.clone()));
    ///     }
    /// }
    ///
    /// let mut session = Session::builder()
    ///     .object::<Stock>()
    ///     .function_with("stock", |cx, ()| cx.object(Stock(vec![("plums", 3), ("figs", 2)])))
    ///     .build()?;
    /// let report = session.run("for name, count in pairs(stock()) do print(name, count) end");
    /// assert_eq!(report.output, b"plums\t3\nfigs\t2\n");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn pairs<K: Into<HostKey>, V: IntoLua, I: IntoIterator<Item = (K, V)>>(
        &mut self,
        mut pairs: impl FnMut(&mut T) -> Result<I, HostError> + Send + 'static,
    ) {
        self.event(Event::Pairs, move |this, ()| {
            let pairs = pairs(this)?.into_iter();
            let fields: Result<Vec<_>, HostError> =
                pairs.map(|(key, value)| Ok((key.into(), value.into_lua()?))).collect();
            Ok(HostValue::Object(fields?))
        });
    }

    /// Says what happens when a variable `<close>` goes out of its block. Without this an
    /// object cannot be the value of one.
    pub fn close<R: IntoLuaMulti>(
        &mut self,
        mut close: impl FnMut(&mut T) -> Result<R, HostError> + Send + 'static,
    ) {
        self.event(Event::Close, move |this, ()| close(this));
    }

    /// Says what an operator does that has an object as an operand. `name` is that of Lua's
    /// metamethod: `__add`, `__sub`, `__mul`, `__div`, `__mod`, `__pow`, `__idiv`, `__unm`,
    /// `__band`, `__bor`, `__bxor`, `__bnot`, `__shl`, `__shr`, `__concat`, `__eq`, `__lt` or
    /// `__le`; any other is an error when the session is built.
    ///
    /// The function is given the operands as they stand, of which one may be anything, and both
    /// may be the same object: it reaches their values with [`HostCx::with`], one after the
    /// other. As everywhere in Lua, `__eq` is asked about two objects that are not the same,
    /// and what it and the other comparisons return is true or false.
    ///
    /// ```
    /// use moonfuel::{Methods, Object, Session, UserData};
    ///
    /// struct Vector(f64, f64);
    ///
    /// impl UserData for Vector {
    ///     const NAME: &'static str = "vector";
    ///
    ///     fn add_methods(methods: &mut Methods<Self>) {
    ///         methods.to_string(|this| Ok(format!("({}, {})", this.0, this.1)));
    ///         methods.operator("__add", |cx, (a, b): (Object<Vector>, Object<Vector>)| {
    ///             let (x, y) = cx.with(&a, |a| (a.0, a.1))?;
    ///             let sum = cx.with(&b, |b| Vector(x + b.0, y + b.1))?;
    ///             cx.object(sum)
    ///         });
    ///         methods.operator("__mul", |cx, (by, of): (f64, Object<Vector>)| {
    ///             let product = cx.with(&of, |of| Vector(by * of.0, by * of.1))?;
    ///             cx.object(product)
    ///         });
    ///     }
    /// }
    ///
    /// let mut session = Session::builder()
    ///     .object::<Vector>()
    ///     .function_with("vector", |cx, (x, y): (f64, f64)| cx.object(Vector(x, y)))
    ///     .build()?;
    /// let report = session.run("local v = vector(1, 2) return tostring(v + v), tostring(3 * v)");
    /// assert_eq!(report.json()?, r#"["(2, 4)","(3, 6)"]"#);
    /// let error = session.run("return vector(1, 2) * 3").json().unwrap_err().to_string();
    /// assert!(error.ends_with("bad argument #1 to 'mul' (number expected, got vector)"), "{error}");
    /// # Ok::<(), moonfuel::LuaError>(())
    /// ```
    pub fn operator<A: FromLuaMulti, R: IntoReply>(
        &mut self,
        name: &str,
        mut operator: impl FnMut(&mut HostCx<'_>, A) -> Result<R, HostError> + Send + 'static,
    ) {
        let event = OPERATORS.iter().find(|event| event.name() == name);
        let way = event.map_or(Way::Nowhere, |event| Way::Event(*event));
        let method: AnyMethod =
            Box::new(move |_, cx, args| operator(cx, A::from_lua_multi(args)?)?.into_reply());
        self.put(way, name.to_owned(), method);
    }

    fn event<A: FromLuaMulti, R: IntoLuaMulti>(
        &mut self,
        event: Event,
        mut method: impl FnMut(&mut T, A) -> Result<R, HostError> + Send + 'static,
    ) {
        let with = move |this: &mut T, _: &mut HostCx<'_>, args: A| method(this, args);
        self.add(Way::Event(event), event.name().to_owned(), with);
    }

    fn add<A: FromLuaMulti, R: IntoReply>(
        &mut self,
        way: Way,
        name: String,
        mut method: impl FnMut(&mut T, &mut HostCx<'_>, A) -> Result<R, HostError> + Send + 'static,
    ) {
        let method: AnyMethod = Box::new(move |this, cx, args| {
            let Some(this) = this.downcast_mut::<T>() else {
                return Err(another_type(this, T::NAME, T::NAME));
            };
            // The object itself is the first argument of the call.
            let args = A::from_lua_multi(args).map_err(|mismatch| mismatch.behind(1))?;
            method(this, cx, args)?.into_reply()
        });
        self.put(way, name, method);
    }

    /// Puts a method in the place of the one before it.
    fn put(&mut self, way: Way, name: String, method: AnyMethod) {
        self.methods.retain(|known| known.way != way || known.name != name);
        self.methods.push(Method { way, name, method });
    }
}
