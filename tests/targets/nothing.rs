//! Nothing: a package must be something.
