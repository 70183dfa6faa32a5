-- Angles and their like of numbers that have few bits left, or whose powers have.
local acos, asin, atan, cos, exp, tan = math.acos, math.asin, math.atan, math.cos, math.exp, math.tan
print('ready')
while true do
  acos(2.5e-310) acos(-5e-324) asin(2.5e-310) atan(1e308) atan(-1e200, -1) tan(2.5e-310) tan(1e-160)
  cos(1e-160) exp(5e-324)
end
