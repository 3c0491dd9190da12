//! OPA bundles: read and write.
