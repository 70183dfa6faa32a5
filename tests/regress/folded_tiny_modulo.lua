-- Folding a modulo does not multiply the tiny rest away.
print(5e-324 % -0.5, -5e-324 % 0.5, 5.5 % -2, -5.5 % 2)
local a, b = 5e-324, -0.5
print(a % b, a % -0.5)
