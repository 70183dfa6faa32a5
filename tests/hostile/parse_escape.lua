-- threat: PARSE-4
return load("return \"\\u{" .. ("F"):rep(100) .. "}\""), load("return \"\\999\""), load("return \"\\xg0\""), load("return \"\\q\"")
