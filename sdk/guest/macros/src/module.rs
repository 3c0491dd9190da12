//! `module!(score, limits::check)`

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Path, Result, Token, spanned::Spanned};

pub(crate) fn expand(list: TokenStream) -> Result<TokenStream> {
    let span = list.span();
    let paths = Punctuated::<Path, Token![,]>::parse_terminated.parse2(list)?;
    if paths.is_empty() {
        return Err(syn::Error::new(
            span,
            "a module needs an entrypoint: `module!(score)`, with a function that has `#[policy]`",
        ));
    }
    let mut seen = HashSet::new();
    let mut entrypoints = Vec::new();
    for mut path in paths {
        if !seen.insert(quote!(#path).to_string()) {
            return Err(syn::Error::new(path.span(), "named twice"));
        }
        if let Some(last) = path.segments.last_mut() {
            last.ident = format_ident!("__writ_policy_{}", last.ident, span = last.ident.span());
        }
        entrypoints.push(path);
    }
    Ok(quote! {
        /// The entrypoints of this crate.
        pub static POLICY: ::writ_guest_sdk::Policy = ::writ_guest_sdk::Policy::new(&[#(&#entrypoints),*]);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            fn __writ_policy() -> &'static ::writ_guest_sdk::Policy {
                &POLICY
            }

            #[allow(unsafe_code)]
            #[unsafe(no_mangle)]
            extern "C" fn writ_link() {
                ::writ_guest_sdk::__private::link();
            }
        };
    })
}
