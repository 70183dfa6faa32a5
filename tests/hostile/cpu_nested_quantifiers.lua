-- threat: CPU-4
return (("a"):rep(60) .. "b"):gsub(("a*"):rep(20) .. "c", "")
