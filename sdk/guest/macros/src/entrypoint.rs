//! `#[policy(entrypoint = "a/b", data = "c/d")]`

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::{FnArg, ItemFn, LitStr, Result, Type, spanned::Spanned};

/// What the attribute says.
struct Attribute {
    entrypoint: LitStr,
    data: Option<LitStr>,
}

impl Attribute {
    fn parse(tokens: TokenStream) -> Result<Self> {
        let (mut entrypoint, mut data) = (None, None);
        let parser = syn::meta::parser(|meta| {
            let place = if meta.path.is_ident("entrypoint") {
                &mut entrypoint
            } else if meta.path.is_ident("data") {
                &mut data
            } else {
                return Err(meta.error("expected `entrypoint = \"path\"` or `data = \"path\"`"));
            };
            if place.is_some() {
                return Err(meta.error("given twice"));
            }
            let path: LitStr = meta.value()?.parse()?;
            if path.value().is_empty() || path.value().split('/').any(str::is_empty) {
                return Err(syn::Error::new(
                    path.span(),
                    "a path of names with slashes between them, such as \"fraud/score\"",
                ));
            }
            *place = Some(path);
            Ok(())
        });
        let span = tokens.span();
        parser.parse2(tokens)?;
        let missing = || syn::Error::new(span, "an entrypoint needs a name: `#[policy(entrypoint = \"fraud/score\")]`");
        Ok(Self { entrypoint: entrypoint.ok_or_else(missing)?, data })
    }
}

/// The parameters' types: input and data.
fn parameters(function: &ItemFn) -> Result<(Option<&Type>, Option<&Type>)> {
    let signature = &function.sig;
    let refuse = |span, why: &str| Err(syn::Error::new(span, why));
    if let Some(word) = &signature.asyncness {
        return refuse(word.span(), "a policy decides at once: it cannot be async");
    }
    if !signature.generics.params.is_empty() {
        return refuse(signature.generics.span(), "a policy has no generic parameters; write lifetimes as `'_`");
    }
    let mut types = Vec::new();
    for parameter in &signature.inputs {
        match parameter {
            FnArg::Typed(typed) => types.push(&*typed.ty),
            FnArg::Receiver(receiver) => return refuse(receiver.span(), "a policy is no method"),
        }
    }
    match types.as_slice() {
        [] => Ok((None, None)),
        [input] => Ok((Some(input), None)),
        [input, Type::Reference(data)] if data.mutability.is_none() => Ok((Some(input), Some(&data.elem))),
        [_, data] => refuse(data.span(), "data are shared by decisions: take them by reference, `&T`"),
        [_, _, other, ..] => refuse(other.span(), "a policy takes the input and, after it, data"),
    }
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let attribute = Attribute::parse(attribute)?;
    let function: ItemFn = syn::parse2(item)?;
    let (input, data) = parameters(&function)?;
    if let (Some(path), None) = (&attribute.data, data) {
        return Err(syn::Error::new(path.span(), "the function takes no data"));
    }
    let private = quote!(::writ_guest_sdk::__private);
    let name = &function.sig.ident;
    let made = format_ident!("__writ_policy_{}", name);
    let visibility = &function.vis;
    let entrypoint = &attribute.entrypoint;
    let path = attribute.data.as_ref().map_or_else(String::new, LitStr::value);
    // Of their own, whatever the function's name.
    let [input_name, data_name] = ["input", "data"].map(|name| Ident::new(name, Span::mixed_site()));
    let (mut arguments, mut reads) = (Vec::new(), Vec::new());
    let mut shape = quote!(::core::option::Option::None);
    if let Some(ty) = input {
        // A reference to anything but text is to a value that is made here.
        let (ty, argument) = match ty {
            Type::Reference(reference) if !is_borrowed(&reference.elem) => (&*reference.elem, quote!(&#input_name)),
            ty => (ty, quote!(#input_name)),
        };
        reads.push(quote!(let #input_name: #ty = call.input()?;));
        arguments.push(argument);
        shape = quote!(::core::option::Option::Some(|| #private::shape_of::<#ty>()));
    }
    let mut prepare = quote!(::core::option::Option::None);
    if let Some(ty) = data {
        reads.push(quote!(let #data_name = call.data::<#ty>(entrypoint)?;));
        arguments.push(quote!(&#data_name));
        prepare = quote!(::core::option::Option::Some(|entrypoint, call| call.prepare::<#ty>(entrypoint)));
    }
    Ok(quote! {
        #function

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        #visibility static #made: #private::Entrypoint = {
            #[allow(unused_variables)]
            fn __run(
                entrypoint: &'static #private::Entrypoint,
                call: &#private::Call<'_>,
            ) -> ::core::result::Result<#private::Output, ::writ_guest_sdk::PolicyError> {
                #[allow(unused_imports)]
                use #private::{AsOutput as _, AsResult as _};
                #(#reads)*
                #private::Returned(#private::Returned(#name(#(#arguments),*)).result()?).output()
            }
            #private::Entrypoint::new(#entrypoint, #path, __run, #shape, #prepare)
        };
    })
}

/// `str` and `[u8]` are borrowed from the input itself.
fn is_borrowed(ty: &Type) -> bool {
    matches!(ty, Type::Slice(_)) || matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}
