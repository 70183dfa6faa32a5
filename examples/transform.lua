-- Turns JSON into other JSON: `args` comes in, the returned table goes out.
-- Run: cargo run --release -- run --json examples/transform.lua
-- Or with data of your own: --args '{"people":[{"name":"Ada","age":36}],"adult_from":18}'

local input = args or {
  adult_from = 30,
  people = {
    { name = "Alice", age = 30, tags = { "admin", "ops" } },
    { name = "Bob", age = 25, tags = {} },
    { name = "Charlie", age = 35, tags = { "ops" } },
  },
}

local adult_from = input.adult_from or 18
local people, by_tag, ages = {}, {}, 0

for id, person in ipairs(input.people or {}) do
  assert(type(person.name) == "string", "person " .. id .. " has no name")
  local age = assert(math.tointeger(person.age), person.name .. " has no age in whole years")
  people[id] = {
    id = id,
    name = person.name:upper(),
    age_group = age >= adult_from and "adult" or "young",
    info = ("%s is %d years old"):format(person.name, age),
  }
  ages = ages + age
  for _, tag in ipairs(person.tags or {}) do
    by_tag[tag] = by_tag[tag] or {}
    table.insert(by_tag[tag], person.name)
  end
end

print(("transformed %d people"):format(#people))

return {
  count = #people,
  average_age = #people > 0 and ages / #people or nil,
  people = people,
  by_tag = by_tag,
}
