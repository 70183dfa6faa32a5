return ("[[x]]"):match("%b[]"), ("THE (quick) fox"):find("%((%a+)%)"), ("aXb"):gsub("%f[%u]%u", "."), pcall(string.find, "a", "[a")
