print("hello") return 1, "two", 3.0, true, nil
