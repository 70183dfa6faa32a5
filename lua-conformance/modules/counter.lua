-- A module that tells how it was loaded.
loads = (loads or 0) + 1
return { name = ..., path = select(2, ...), count = select("#", ...), loads = loads }
