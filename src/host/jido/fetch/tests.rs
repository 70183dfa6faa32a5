//! Arguments that are refused, and those that are not.

use super::told;

fn refused(line: &str) -> Option<String> {
    let mut words = line.split(' ').map(|word| word.as_bytes().to_vec());
    let command = words.next().unwrap();
    let args: Vec<Vec<u8>> = words.collect();
    told(&command, &args).map(|arg| String::from_utf8(arg.to_vec()).unwrap())
}

#[test]
fn what_reads_more_arguments_or_writes_elsewhere_is_refused() {
    for (line, arg) in [
        ("curl -K c", "-K"),
        ("curl -Kc", "-Kc"),
        ("curl -sSKc http://h/", "-sSKc"),
        ("curl --config c", "--config"),
        ("curl --conf c", "--conf"),
        ("curl --config=c", "--config=c"),
        ("curl -w %output{.git/config}x http://h/", "%output{.git/config}x"),
        ("curl -sw @f http://h/", "@f"),
        ("curl -w@f http://h/", "-w@f"),
        ("curl --write-out @f http://h/", "@f"),
        ("curl --wri %{stderr}%output{x} http://h/", "%{stderr}%output{x}"),
        ("curl FILE:///etc/passwd", "FILE:///etc/passwd"),
        ("wget --config=c http://h/", "--config=c"),
        ("wget -e output_document=.git/config http://h/", "-e"),
        ("wget -qe use_askpass=./x http://h/", "-qe"),
        ("wget --exec=x http://h/", "--exec=x"),
        ("wget --use-ask=./x http://h/", "--use-ask=./x"),
    ] {
        assert_eq!(refused(line).as_deref(), Some(arg), "{line}");
    }
}

#[test]
fn what_only_asks_is_not() {
    for line in [
        "curl -sS -HKey:1 -XPOST -d @data http://h/",
        "curl -w %{http_code} http://h/",
        "curl -o w @f http://h/",
        "curl --connect-timeout 5 --compressed http://h/",
        "wget -qO- http://h/",
        "wget -Oe http://h/",
        "wget --exclude-directories=x http://h/",
    ] {
        assert_eq!(refused(line), None, "{line}");
    }
}
