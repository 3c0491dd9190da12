//! Hashes, certificates and keys.

use super::super::entry::{Builtin, Varies, host};

pub(super) const TABLE: &[Builtin] = &[
    host("crypto.hmac.equal", "(mac1: string, mac2: string) => result: boolean"),
    host("crypto.hmac.md5", "(x: string, key: string) => y: string"),
    host("crypto.hmac.sha1", "(x: string, key: string) => y: string"),
    host("crypto.hmac.sha256", "(x: string, key: string) => y: string"),
    host("crypto.hmac.sha512", "(x: string, key: string) => y: string"),
    host("crypto.md5", "(x: string) => y: string"),
    host("crypto.parse_private_keys", "(keys: string) => output: array[object[string: any]]"),
    host("crypto.sha1", "(x: string) => y: string"),
    host("crypto.sha256", "(x: string) => y: string"),
    host(
        "crypto.x509.parse_and_verify_certificates",
        "(certs: string) => output: array<boolean, array[object[string: any]]>",
    )
    .varies(Varies::Clock),
    host(
        "crypto.x509.parse_and_verify_certificates_with_options",
        "(certs: string, options: object[string: any]) => output: array<boolean, array[object[string: any]]>",
    )
    .varies(Varies::Clock),
    host("crypto.x509.parse_certificate_request", "(csr: string) => output: object[string: any]"),
    host("crypto.x509.parse_certificates", "(certs: string) => output: array[object[string: any]]"),
    host("crypto.x509.parse_keypair", "(cert: string, pem: string) => output: object[string: any]"),
    host("crypto.x509.parse_rsa_private_key", "(pem: string) => output: object[string: any]"),
];
