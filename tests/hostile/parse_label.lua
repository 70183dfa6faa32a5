-- threat: PARSE-4
return load("local function f() goto x end ::x::")
