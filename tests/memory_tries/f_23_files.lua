-- Requests to the host with large arguments, and what comes back.
local s = ("x"):rep(5000000)
for i = 1, 5 do print(pcall(jido.write_file, s, s)) print(pcall(jido.read_file, s, s)) end
