//! Sessions at work.
