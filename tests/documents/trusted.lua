print(...)
return 1
