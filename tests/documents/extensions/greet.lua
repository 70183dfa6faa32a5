-- An extension: a tool for the model, a command for the person, a hook.
imp.register_tool {
  name = "greet",
  description = "Greets somebody",
  readonly = true,
  params = { name = { type = "string", required = true } },
  execute = function(call_id, params, ctx)
    return "hello " .. params.name
  end,
}

imp.register_command("shout", {
  description = "Says it louder",
  handler = function(text) return text:upper() end,
})

imp.on("before_tool_call", function(event)
  if event.args.name == "Eve" then return { block = true, reason = "not Eve" } end
end)
