local s = "ÿþ€"
ï»¿ x = 1
