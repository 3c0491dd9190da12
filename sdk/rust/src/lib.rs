//! The host SDK: what an application embeds.
