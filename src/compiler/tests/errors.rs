//! Texts of the errors that only the compiler finds (as PUC-Rio words them).

use super::compiled;

fn message(source: &str) -> String {
    match compiled(source.as_bytes()) {
        Ok(_) => "compiled".to_owned(),
        Err(e) => e.to_string(),
    }
}

#[test]
fn gotos_and_labels() {
    assert_eq!(message("break"), "test:1: break outside loop at line 1");
    assert_eq!(
        message("while true do local f = function() break end end"),
        "test:1: break outside loop at line 1"
    );
    assert_eq!(
        message("do ::a:: end\ngoto a"),
        "test:2: no visible label 'a' for <goto> at line 2"
    );
    assert_eq!(
        message("goto a; local x; ::a:: print(x)"),
        "test:1: <goto a> at line 1 jumps into the scope of local 'x'"
    );
    assert_eq!(
        message("repeat if x then goto c end; local y; ::c:: until y"),
        "test:1: <goto c> at line 1 jumps into the scope of local 'y'"
    );
    // Labels in a row are defined from the last to the first.
    assert_eq!(message("::a::\n::a::"), "test:2: label 'a' already defined on line 2");
    assert_eq!(message("::a:: x = 1\n::a:: x = 2"), "test:2: label 'a' already defined on line 1");
    assert_eq!(message("goto a; local x; ::a::"), "compiled");
    assert_eq!(message("do ::a:: end ::a:: goto a"), "compiled");
    // A function's labels are its own.
    assert_eq!(
        message("goto c; local function g() end ::c:: g()"),
        "test:1: <goto c> at line 1 jumps into the scope of local 'g'"
    );
}

#[test]
fn constants_and_closed_variables() {
    let refused = |line: u32| format!("test:{line}: attempt to assign to const variable 'x'");
    assert_eq!(message("local x <const> = 1; x = 2"), refused(1));
    assert_eq!(message("local x <const> = {}; x = 2"), refused(1));
    assert_eq!(message("local x <close> = nil; x = 2"), refused(1));
    assert_eq!(
        message("local x <const> = {}\nfunction f()\n return function() x = 1 end end"),
        refused(3)
    );
    assert_eq!(message("local x <const> = f()\nfunction x() end"), refused(2));
    // The error stands where the parser looks next.
    assert_eq!(message("\n\nlocal x <const> = 1\n x\n =\n 3"), refused(5));
    assert_eq!(
        message("local a <close>, b <close> = 1"),
        "test:1: multiple to-be-closed variables in local list"
    );
    assert_eq!(message("local x <const> = 1; local x; x = 2"), "compiled");
}

#[test]
fn structural_limits() {
    let list = |prefix: &str, n: usize| {
        let names: Vec<String> = (0..n).map(|i| format!("{prefix}{i}")).collect();
        names.join(",")
    };
    assert_eq!(message(&format!("local {}", list("a", 200))), "compiled");
    assert_eq!(
        message(&format!("local {}", list("a", 201))),
        "test:1: too many local variables (limit is 200) in main function near <eof>"
    );
    assert_eq!(
        message(&format!("\nfunction f()\nlocal {}\nend", list("a", 201))),
        "test:4: too many local variables (limit is 200) in function at line 2 near 'end'"
    );
    let uses = format!("{},{}", list("a", 190), list("b", 100)).replace(',', "+");
    let source = format!(
        "local {}\nlocal function f() local {}\nreturn function() return {uses} end end",
        list("a", 190),
        list("b", 100)
    );
    assert_eq!(
        message(&source),
        "test:3: too many upvalues (limit is 255) in function at line 3 near '+'"
    );
    assert_eq!(
        message(&format!("return {}1", "f(),".repeat(260))),
        "test:1: function or expression needs too many registers near '('"
    );
    let wide = format!("{} = f()", list("a", 190));
    assert_eq!(message(&wide), "compiled");
}
