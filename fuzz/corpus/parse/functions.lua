function a.b.c:d(x, ...) local y = select("#", ...) return self, x, y end
