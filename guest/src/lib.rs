//! What runs inside every compiled module: values, numbers, strings, collections, JSON and the native built-ins.
