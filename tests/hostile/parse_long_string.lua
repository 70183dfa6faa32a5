-- threat: PARSE-2
return load("return [" .. ("="):rep(1000000)), load("return [==[" .. ("]=]"):rep(100000)), load("--[[" .. ("x"):rep(1000000))
