do goto done end
::top:: local i = 1
if i then goto top end
::done::
