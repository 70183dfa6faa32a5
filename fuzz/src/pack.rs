//! `string.pack` and its kin, against a layout worked out byte by byte.

mod reference;

use super::input::Input;
use super::sessions::{Kept, with_caller};
use moonfuel::HostValue;
use reference::{Item, Layout, items};
use std::cell::RefCell;

/// Takes the first line for a format and the rest for values: what is packed has the bytes
/// that the manual says, and unpacks to what went in; any bytes unpack or are refused.
pub fn pack(input: &[u8]) {
    let mut input = Input(input);
    let format = input.line();
    // As in C, a format ends at a zero.
    let format = format[..format.len().min(60)].split(|byte| *byte == 0).next().unwrap_or(format);
    let items = items(format);
    let huge = |item: &Item| matches!(item, Item::Fixed(size) if *size > 1 << 20);
    if items.iter().flatten().any(huge) {
        return;
    }
    let mut layout = Layout::default();
    let mut args = vec![HostValue::String(format.to_vec())];
    let mut expected = items.as_ref().map(|_| ());
    for item in items.iter().flatten() {
        if let Some(value) = argument(&mut input, item) {
            args.push(value.clone());
            expected = expected.and_then(|()| layout.add(item, Some(&value)));
        } else {
            expected = expected.and_then(|()| layout.add(item, None));
        }
    }
    thread_local! { static CALLER: Kept = const { RefCell::new(None) }; }
    with_caller(&CALLER, "", |caller| {
        let Some(met) = caller.call("string.pack", args.clone()) else { return };
        let shown = format.escape_ascii();
        match (&met, expected) {
            (Ok(values), Some(())) => {
                let bytes = HostValue::String(layout.bytes.clone());
                assert_eq!(values, &[bytes], "{shown} {args:?}");
            }
            (Err(_), None) => {}
            _ => panic!("{shown} {args:?}: {met:?}, and not {:?}", expected.map(|()| &layout)),
        }
        if let Ok(values) = &met {
            let mut unpack = vec![HostValue::String(format.to_vec())];
            unpack.extend(values.iter().cloned());
            let back = caller.call("string.unpack", unpack).expect("it is short");
            let mut same: Vec<HostValue> = layout.values.clone();
            same.push(HostValue::from(layout.bytes.len() as i64 + 1));
            let back = back.unwrap_or_else(|text| panic!("{shown} {args:?}: {text}"));
            assert_eq!(back, same, "{shown} {args:?}");
            let size = caller.call("string.packsize", args[..1].to_vec()).expect("it is short");
            match size {
                Ok(size) => assert_eq!(size, [HostValue::from(layout.bytes.len() as i64)]),
                Err(_) => assert!(layout.variable, "{shown} has a size"),
            }
        }
        let (at, rest) = (input.byte() as i8, input.take(200));
        let any = [format.to_vec(), rest.to_vec()].map(HostValue::String);
        let unpacked = caller.call("string.unpack", [&any[..], &[i64::from(at).into()]].concat());
        // It did not read behind the end.
        if let Some(Ok(values)) = unpacked {
            let next = values.last().cloned().unwrap_or_default();
            let most = rest.len() as i64 + 1;
            assert!(matches!(next, HostValue::Integer(next) if next <= most), "{shown}: {next:?}");
        }
    });
}

fn argument(input: &mut Input<'_>, item: &Item) -> Option<HostValue> {
    let value = match item {
        Item::Integer { .. } => HostValue::Integer(input.integer()),
        Item::Float | Item::Double => {
            HostValue::Number(Some(input.float()).filter(|n| !n.is_nan()).unwrap_or(1.0))
        }
        Item::Fixed(_) | Item::Prefixed(_) | Item::Zero => {
            let length = input.below(40);
            HostValue::String(input.take(length).to_vec())
        }
        _ => return None,
    };
    Some(value)
}
