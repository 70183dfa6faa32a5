-- Stand-in for the C module `term`: nothing is a terminal.
return { isatty = function() return false end }
