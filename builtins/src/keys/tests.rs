//! Keys that are hostile, weak or inconsistent, and signatures that must not verify.

use num_bigint::BigUint;

use super::signature::{self, Hash, Seeded};
use super::{Curve, Key, PrivateKey, RsaPrivate, RsaPublic, jwk};

#[test]
fn base_points_are_on_their_curves_and_others_are_not() {
    // The public point of the private number 1 is the base point.
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let mut one = vec![0; curve.n_bytes()];
        one[curve.n_bytes() - 1] = 1;
        let g = signature::ec_public(curve, &one).unwrap();
        assert!(curve.contains(&g.x, &g.y));
        assert!(!curve.contains(&g.x, &(&g.y + 1u8)));
        assert!(!curve.contains(&BigUint::ZERO, &BigUint::ZERO));
        assert!(signature::ec_public(curve, &vec![0; curve.n_bytes()]).is_none());
    }
    let x = BigUint::parse_bytes(b"b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21", 16).unwrap();
    let y = BigUint::parse_bytes(b"bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34", 16).unwrap();
    assert!(Curve::P224.contains(&x, &y));
}

#[test]
fn ecdsa_verifies_each_hash_on_each_curve_and_nothing_forged() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let mut d = vec![0; curve.n_bytes()];
        d[curve.n_bytes() - 1] = 7;
        let key = signature::ec_public(curve, &d).unwrap();
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let s = signature::sign_ecdsa(curve, &BigUint::from(7u8), hash, b"m").unwrap();
            let (r, s) = s.split_at(curve.n_bytes());
            assert!(signature::verify_ecdsa(&key, hash, b"m", r, s));
            assert!(!signature::verify_ecdsa(&key, hash, b"n", r, s));
            assert!(!signature::verify_ecdsa(&key, hash, b"m", s, r));
        }
        // A signature of zeros is the classic forgery.
        assert!(!signature::verify_ecdsa(&key, Hash::Sha256, b"m", &[0], &[0]));
        assert!(!signature::verify_ecdsa(&key, Hash::Sha256, b"m", &[], &[]));
    }
}

#[test]
fn weak_and_oversized_rsa_keys_verify_nothing_and_end_quickly() {
    for bits in [0u32, 1, 512, 1022, 20_000, 1_000_000] {
        let n: BigUint = (BigUint::from(1u8) << bits) + 1u8;
        let key = RsaPublic::new(n, 65_537);
        assert!(key.prepared().is_none(), "{bits}");
    }
    let n: BigUint = (BigUint::from(1u8) << 2047u32) + 1u8;
    for e in [0, 1, 2, 65_536, u64::MAX] {
        assert!(!signature::verify_pkcs1(&RsaPublic::new(n.clone(), e), Hash::Sha256, b"m", &[1; 256]), "{e}");
    }
    let huge: BigUint = BigUint::from(1u8) << 100_000u32;
    assert!(RsaPrivate::new(&huge + 1u8, 3, huge.clone(), vec![huge.clone(), huge]).is_err());
}

#[test]
fn sets_bound_the_number_of_keys_and_their_depth() {
    let many = format!("{{\"keys\":[{}]}}", vec!["{\"kty\":\"oct\",\"k\":\"AA\"}"; 1001].join(","));
    assert!(jwk::parse(many.as_bytes()).unwrap_err().contains("too many keys"));
    assert!(jwk::parse("[".repeat(1 << 20).as_bytes()).is_err());
}

#[test]
fn a_private_key_that_contradicts_itself_is_not_used() {
    // x belongs to another seed.
    let text = br#"{"kty":"OKP","crv":"Ed25519","x":"wEZFfoAj1rFKTLOOmjJjVZlCHwksuvMb2I5y_hg70E8","d":"AXI34uQzYUJfWhDZf_0nYsLMBRVu8a6dFsy60P8uugk"}"#;
    let keys = jwk::parse(text).unwrap();
    assert!(keys[0].key.as_ref().unwrap_err().contains("invalid x value given d value"));
}

#[test]
fn rsa_signs_what_it_verifies() {
    let text = include_str!("tests/rsa.jwk");
    let keys = jwk::parse(text.as_bytes()).unwrap();
    let Ok(Key::Private(PrivateKey::Rsa(key))) = &keys[0].key else { panic!("{:?}", keys[0].key) };
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let s = signature::sign_pkcs1(key, hash, b"m", &mut Seeded::new([1; 32])).unwrap();
        assert!(signature::verify_pkcs1(&key.public, hash, b"m", &s));
        assert!(!signature::verify_pkcs1(&key.public, hash, b"n", &s));
        assert!(!signature::verify_pss(&key.public, hash, None, b"m", &s));
        let s = signature::sign_pss(key, hash, b"m", &mut Seeded::new([1; 32])).unwrap();
        assert!(signature::verify_pss(&key.public, hash, None, b"m", &s));
        assert!(signature::verify_pss(&key.public, hash, Some(hash.n_bytes()), b"m", &s));
        assert!(!signature::verify_pss(&key.public, hash, Some(0), b"m", &s));
        assert!(!signature::verify_pkcs1(&key.public, hash, b"m", &s));
    }
}
