-- threat: PARSE-4
return load("return \"\0\255\"")() == "\0\255"
