local s, g = ("a"):rep(1000), string.gsub
for i = 1, 1e9 do g(s, "", type) end
