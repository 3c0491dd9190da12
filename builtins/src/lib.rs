//! Rego built-ins that run on the host: plain functions over values.
