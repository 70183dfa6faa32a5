return 'a\n\x41\065\u{20AC}\z
   b', "\"q\"", [==[
long ]] text]==]
