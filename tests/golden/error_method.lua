local s = "text"
return s:nomethod()
