local config = {}
print(config.size.width)
