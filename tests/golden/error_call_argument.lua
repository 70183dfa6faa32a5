return ("x"):rep({})
