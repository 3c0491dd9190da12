//! The attribute and the macro of `writ-guest-sdk`, which documents them.

mod entrypoint;
mod module;

use proc_macro::TokenStream;

/// Makes a function an entrypoint. See `writ_guest_sdk::policy`.
#[proc_macro_attribute]
pub fn policy(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expanded(entrypoint::expand(attribute.into(), item.into()))
}

/// Names the entrypoints of a module. See `writ_guest_sdk::module`.
#[proc_macro]
pub fn module(list: TokenStream) -> TokenStream {
    expanded(module::expand(list.into()))
}

fn expanded(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
