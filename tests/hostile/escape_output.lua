-- threat: ESC-9
print("\27]0;x\7", "a\rb", "\u{202E}x") return 1
