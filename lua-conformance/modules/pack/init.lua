-- A package that loads its submodule.
require "pack.inner"
return "the package"
