//! Built-ins against answers of OPA.
