-- threat: ESC-1
return getfenv, setfenv, loadstring, module, newproxy, unpack, jit, ffi, bit, table.getn, string.gfind
