//! Text encodings of bytes and documents.

use super::super::entry::{Builtin, guest, host};

pub(super) const TABLE: &[Builtin] = &[
    guest("base64.decode", "(x: string) => y: string"),
    guest("base64.encode", "(x: string) => y: string"),
    guest("base64.is_valid", "(x: string) => result: boolean"),
    guest("base64url.decode", "(x: string) => y: string"),
    guest("base64url.encode", "(x: string) => y: string"),
    guest("base64url.encode_no_pad", "(x: string) => y: string"),
    guest("hex.decode", "(x: string) => y: string"),
    guest("hex.encode", "(x: string) => y: string"),
    guest("json.is_valid", "(x: string) => result: boolean"),
    guest("json.marshal", "(x: any) => y: string"),
    guest(
        "json.marshal_with_options",
        "(x: any, opts: object<indent: string, prefix: string, pretty: boolean>[string: any]) => y: string",
    ),
    guest("json.unmarshal", "(x: string) => y: any"),
    host("urlquery.decode", "(x: string) => y: string"),
    host("urlquery.decode_object", "(x: string) => object: object[string: array[string]]"),
    host("urlquery.encode", "(x: string) => y: string"),
    host("urlquery.encode_object", "(object: object[string: any<string, array[string], set[string]>]) => y: string"),
    host("yaml.is_valid", "(x: string) => result: boolean"),
    host("yaml.marshal", "(x: any) => y: string"),
    host("yaml.unmarshal", "(x: string) => y: any"),
];
