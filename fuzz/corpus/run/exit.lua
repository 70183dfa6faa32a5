print("before") os.exit(7) print("after")
