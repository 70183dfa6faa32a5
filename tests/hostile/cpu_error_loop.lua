-- threat: CPU-2
while true do pcall(error, setmetatable({}, { __tostring = error })) end
