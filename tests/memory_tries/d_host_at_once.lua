-- answers that are large beside each other
local calls = {}
for i = 1, 100 do calls[i] = {jido.grep, "line", "lines.txt", {max_results = 10000}} end
for i = 1, 3 do print(pcall(host.all, calls)) end
