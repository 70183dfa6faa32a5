local t = json.decode('{"a": [1, 2.5, null, true], "b": {"c": "\\u20ac"}}')
print(json.encode(t), json.encode({1, {x = {}}, "s"}))
print(pcall(json.encode, {f = print}), pcall(json.decode, "[1,"))
