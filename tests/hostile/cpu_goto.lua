-- threat: CPU-1
::again:: goto again
