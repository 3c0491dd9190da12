//! JSON Web Tokens.

use super::super::entry::{Builtin, Varies, host};

pub(super) const TABLE: &[Builtin] = &[
    host("io.jwt.decode", "(jwt: string) => output: array<object[any: any], object[any: any], string>"),
    host(
        "io.jwt.decode_verify",
        "(jwt: string, constraints: object[string: any]) => output: array<boolean, object[any: any], object[any: any]>",
    )
    .nondeterministic()
    .varies(Varies::Clock),
    host(
        "io.jwt.encode_sign",
        "(headers: object[string: any], payload: object[string: any], key: object[string: any]) => output: string",
    )
    .nondeterministic(),
    host("io.jwt.encode_sign_raw", "(headers: string, payload: string, key: string) => output: string")
        .nondeterministic(),
    host("io.jwt.verify_eddsa", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_es256", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_es384", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_es512", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_hs256", "(jwt: string, secret: string) => result: boolean"),
    host("io.jwt.verify_hs384", "(jwt: string, secret: string) => result: boolean"),
    host("io.jwt.verify_hs512", "(jwt: string, secret: string) => result: boolean"),
    host("io.jwt.verify_ps256", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_ps384", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_ps512", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_rs256", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_rs384", "(jwt: string, certificate: string) => result: boolean"),
    host("io.jwt.verify_rs512", "(jwt: string, certificate: string) => result: boolean"),
];
