-- threat: ESC-9
warn("@on") warn("to nobody") warn("@off") return pcall(warn), pcall(warn, {})
