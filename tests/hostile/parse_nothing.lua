-- threat: PARSE-4
return load("")(), load("#!shebang\nreturn 1"), load("\xEF\xBB\xBFreturn 1"), load(";;;") ~= nil
