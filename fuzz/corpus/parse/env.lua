local _ENV = {x = 1}
function y() return x end
return _ENV
