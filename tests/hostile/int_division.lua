-- threat: INT-1
return math.mininteger // -1, math.mininteger % -1, -math.mininteger, math.abs(math.mininteger)
