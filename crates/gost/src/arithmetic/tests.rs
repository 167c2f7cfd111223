//! Signatures of the standards and of an independent computation; every way to smuggle a key or a signature in.

use super::*;
use elliptic_curve::array::typenum::Unsigned;
use elliptic_curve::bigint::ArrayEncoding;

/// How often each case is verified: the last times with the key's tables.
const TIMES: u32 = TABLES_AT_VERIFICATION + 1;

fn octets(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).unwrap()
}

fn little_endian(hexadecimal: &str) -> Vec<u8> {
    octets(hexadecimal).into_iter().rev().collect()
}

fn key_octets(x: &str, y: &str) -> Vec<u8> {
    [little_endian(x), little_endian(y)].concat()
}

/// Signs with one given nonce; a second candidate is a failure of the test.
fn sign_with_nonce(secret: &dyn PrivateScalar, digest: &[u8], k: &str) -> Vec<u8> {
    let mut nonce = Some(octets(k));
    secret
        .sign(digest, &mut |candidate| {
            candidate.copy_from_slice(&nonce.take().expect("one candidate"));
        })
        .unwrap()
}

/// One signature computed elsewhere; numbers most significant octet first, digest in natural order.
struct Known<'a> {
    name: &'a str,
    set: ParameterSet,
    d: &'a str,
    k: &'a str,
    digest: Vec<u8>,
    x: &'a str,
    y: &'a str,
    r: &'a str,
    s: &'a str,
}

fn check(known: &Known<'_>) {
    let curve = of(known.set);
    let secret = curve.private(&little_endian(known.d)).unwrap();
    let key = key_octets(known.x, known.y);
    assert_eq!(hex::encode(secret.public()), hex::encode(&key), "public key, {}", known.name);
    let expected = [octets(known.s), octets(known.r)].concat();
    let signature = sign_with_nonce(&*secret, &known.digest, known.k);
    assert_eq!(hex::encode(&signature), hex::encode(&expected), "signature, {}", known.name);
    let public = curve.admit(&key).unwrap();
    for time in 0..TIMES {
        assert_eq!(public.verify(&known.digest, &signature), Ok(()), "{} time {time}", known.name);
        for bit in [0, 1, 7, 8 * signature.len() / 2, 8 * signature.len() - 1] {
            let mut other = signature.clone();
            other[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(public.verify(&known.digest, &other).is_err(), "{} bit {bit}", known.name);
        }
        let mut other = known.digest.clone();
        other[0] ^= 1;
        assert_eq!(public.verify(&other, &signature), Err(Error::WrongSignature), "{} digest", known.name);
    }
}

#[test]
fn rfc_7091_example_1() {
    check(&Known {
        name: "RFC 7091 7.1",
        set: ParameterSet::Test2001,
        d: "7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28",
        k: "77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3",
        digest: little_endian("2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5"),
        x: "7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80b",
        y: "26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77da",
        r: "41aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493",
        s: "01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c40",
    });
}

#[test]
fn rfc_7091_example_2() {
    check(&Known {
        name: "RFC 7091 7.2",
        set: ParameterSet::Test2012_512,
        d: "0ba6048aadae241ba40936d47756d7c93091a0e8514669700ee7508e508b1020\
            72e8123b2200a0563322dad2827e2714a2636b7bfd18aadfc62967821fa18dd4",
        k: "0359e7f4b1410feacc570456c6801496946312120b39d019d455986e364f3658\
            86748ed7a44b3e794434006011842286212273a6d14cf70ea3af71bb1ae679f1",
        digest: little_endian(
            "3754f3cfacc9e0615c4f4a7c4d8dab531b09b6f9c170c533a71d147035b0c591\
             7184ee536593f4414339976c647c5d5a407adedb1d560c4fc6777d2972075b8c",
        ),
        x: "115dc5bc96760c7b48598d8ab9e740d4c4a85a65be33c1815b5c320c854621dd\
            5a515856d13314af69bc5b924c8b4ddff75c45415c1d9dd9dd33612cd530efe1",
        y: "37c7c90cd40b0f5621dc3ac1b751cfa0e2634fa0503b3d52639f5d7fb72afd61\
            ea199441d943ffe7f0c70a2759a3cdb84c114e1f9339fdf27f35eca93677beec",
        r: "2f86fa60a081091a23dd795e1e3c689ee512a3c82ee0dcc2643c78eea8fcacd3\
            5492558486b20f1c9ec197c90699850260c93bcbcd9c5c3317e19344e173ae36",
        s: "1081b394696ffe8e6585e7a9362d26b6325f56778aadbc081c0bfbe933d52ff5\
            823ce288e8c4f362526080df7f70ce406a6eeb1f56919cb92a9853bde73e5b4a",
    });
}

/// Every curve against integers of another language; on the curves with cofactor 4 with x(kG) in each multiple of q: a
/// verifier that compares x itself with r refuses three of those four.
#[test]
fn independently_computed_signatures_on_every_curve() {
    let rows = include_str!("../../tests/data/nonces.txt");
    let mut sets = Vec::new();
    for row in rows.lines().filter(|row| !row.starts_with('#')) {
        let [name, private, nonce, digest, q_x, q_y, r, s] = row.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let set = ParameterSet::ALL.into_iter().find(|set| set.to_string() == name).unwrap();
        check(&Known { name, set, d: private, k: nonce, digest: octets(digest), x: q_x, y: q_y, r, s });
        sets.push(set);
    }
    assert!(ParameterSet::ALL.iter().all(|set| sets.contains(&set.curve())), "a curve without a row");
}

/// Runs a generic check on every curve.
macro_rules! on_every_curve {
    ($check:ident) => {
        $check::<curve::CryptoProA>();
        $check::<curve::CryptoProB>();
        $check::<curve::CryptoProC>();
        $check::<curve::Tc26A256>();
        $check::<curve::Test256>();
        $check::<curve::Tc26A512>();
        $check::<curve::Tc26B512>();
        $check::<curve::Tc26C512>();
        $check::<curve::Test512>();
    };
}

/// `ORDER` + `offset`, big-endian; `None` when it does not fit the field's octets.
fn order_plus<C: Curve<Uint: ArrayEncoding>>(offset: i8) -> Option<Vec<u8>> {
    let mut octets = C::ORDER.as_ref().to_be_byte_array().to_vec();
    let mut carry = i16::from(offset);
    for octet in octets.iter_mut().rev() {
        carry += i16::from(*octet);
        *octet = u8::try_from(carry.rem_euclid(256)).unwrap();
        carry = carry.div_euclid(256);
    }
    (carry == 0).then_some(octets)
}

fn number<C: Curve>(small: u8) -> Vec<u8> {
    let mut octets = vec![0; C::FieldBytesSize::USIZE];
    *octets.last_mut().unwrap() = small;
    octets
}

fn private<C: Curve>(big_endian: &[u8]) -> Result<Box<dyn PrivateScalar>, Error> {
    On::<C>(PhantomData).private(&big_endian.iter().rev().copied().collect::<Vec<_>>())
}

/// gost-engine 3.0.1 lets r = q and s = q through.
#[test]
fn signature_components_outside_1_to_q_minus_1_are_refused() {
    fn check<C: Curve<Uint: ArrayEncoding>>() {
        let public = On::<C>(PhantomData).admit(&private::<C>(&number::<C>(5)).unwrap().public()).unwrap();
        let digest = vec![7; C::FieldBytesSize::USIZE];
        let highest = vec![0xff; C::FieldBytesSize::USIZE];
        let outside = [Some(number::<C>(0)), order_plus::<C>(0), order_plus::<C>(1), Some(highest)];
        for bad in outside.into_iter().flatten() {
            for good in [number::<C>(1), order_plus::<C>(-1).unwrap()] {
                for signature in [[&*bad, &*good], [&*good, &*bad], [&*bad, &*bad]] {
                    let verdict = public.verify(&digest, &signature.concat());
                    assert_eq!(verdict, Err(Error::SignatureOutOfRange), "{bad:02x?}");
                }
            }
        }
        for r in [number::<C>(1), order_plus::<C>(-1).unwrap()] {
            for s in [number::<C>(1), order_plus::<C>(-1).unwrap()] {
                for _ in 0..TIMES {
                    assert_eq!(public.verify(&digest, &[&*s, &*r].concat()), Err(Error::WrongSignature));
                }
            }
        }
    }
    on_every_curve!(check);
}

/// Where 2q fits the octets, r + q is the same number mod q in another spelling.
#[test]
fn r_plus_q_is_not_a_second_spelling_of_a_signature() {
    fn check<C: Curve<Uint: ArrayEncoding>>() -> u32 {
        let mut spellings = 0;
        let secret = private::<C>(&number::<C>(5)).unwrap();
        let public = On::<C>(PhantomData).admit(&secret.public()).unwrap();
        let digest = vec![7; C::FieldBytesSize::USIZE];
        for k in 2..10 {
            let signature = secret.sign(&digest, &mut |candidate| candidate.copy_from_slice(&number::<C>(k))).unwrap();
            let mut carry = 0;
            let mut other = signature.clone();
            let (_, r) = other.split_at_mut(signature.len() / 2);
            for (octet, q) in r.iter_mut().zip(order_plus::<C>(0).unwrap()).rev() {
                let sum = u16::from(*octet) + u16::from(q) + carry;
                *octet = u8::try_from(sum % 256).unwrap();
                carry = sum / 256;
            }
            if carry == 0 {
                spellings += 1;
                assert_eq!(public.verify(&digest, &signature), Ok(()));
                assert_eq!(public.verify(&digest, &other), Err(Error::SignatureOutOfRange));
            }
        }
        spellings
    }
    assert_eq!(check::<curve::Tc26A256>() + check::<curve::Tc26C512>(), 16);
    assert!(check::<curve::CryptoProC>() + check::<curve::Test512>() > 0);
}

/// With s = r·d the verifier's sum is the point at infinity, which has no x.
#[test]
fn sum_at_infinity_is_refused() {
    fn check<C: Curve<Uint: ArrayEncoding>>() {
        let d = 11;
        let public = On::<C>(PhantomData).admit(&private::<C>(&number::<C>(d)).unwrap().public()).unwrap();
        for r in 1..10 {
            let signature = [number::<C>(r * d), number::<C>(r)].concat();
            for _ in 0..TIMES {
                let verdict = public.verify(&vec![7; C::FieldBytesSize::USIZE], &signature);
                assert_eq!(verdict, Err(Error::WrongSignature));
            }
        }
    }
    on_every_curve!(check);
}

/// e = 0 counts as 1 (RFC 7091 §6.1 step 2), whether the digest is 0 or q.
#[test]
fn digests_that_are_zero_mod_q_count_as_one() {
    fn check<C: Curve<Uint: ArrayEncoding>>() {
        let secret = private::<C>(&number::<C>(5)).unwrap();
        let public = On::<C>(PhantomData).admit(&secret.public()).unwrap();
        let natural = |number: Vec<u8>| number.into_iter().rev().collect::<Vec<u8>>();
        let digests = [number::<C>(0), order_plus::<C>(0).unwrap(), number::<C>(1)].map(natural);
        let signature = secret.sign(&digests[2], &mut |candidate| candidate.fill(0x2f)).unwrap();
        for digest in &digests {
            assert_eq!(public.verify(digest, &signature), Ok(()));
            assert_eq!(secret.sign(digest, &mut |candidate| candidate.fill(0x2f)).unwrap(), signature);
        }
    }
    on_every_curve!(check);
}

/// Keys and nonces next to 0 and q: sums of equal points, of opposite points, Q = G and Q = -G.
#[test]
fn edge_keys_and_nonces_sign_and_verify() {
    fn check<C: Curve<Uint: ArrayEncoding>>() {
        let edges: Vec<Vec<u8>> = [(1, -1), (2, -2), (3, -3)]
            .into_iter()
            .flat_map(|(low, high)| [number::<C>(low), order_plus::<C>(high).unwrap()])
            .collect();
        let digest = number::<C>(9);
        for d in &edges {
            let secret = private::<C>(d).unwrap();
            let public = On::<C>(PhantomData).admit(&secret.public()).unwrap();
            for k in &edges {
                let mut candidates = [k.clone(), number::<C>(77)].into_iter();
                let signature = secret
                    .sign(&digest, &mut |candidate| {
                        candidate.copy_from_slice(&candidates.next().unwrap());
                    })
                    .unwrap();
                assert_eq!(public.verify(&digest, &signature), Ok(()), "d {d:02x?} k {k:02x?}");
            }
        }
        assert_eq!(
            private::<C>(&edges[0]).unwrap().octets().to_vec(),
            number::<C>(1).into_iter().rev().collect::<Vec<_>>()
        );
    }
    on_every_curve!(check);
}

/// CryptoPro-C has a generator with x = 0: the nonce 1 gives r = 0 and must be passed over.
#[test]
fn nonce_with_zero_r_is_passed_over() {
    let secret = private::<curve::CryptoProC>(&number::<curve::CryptoProC>(5)).unwrap();
    let mut nonces = [1, 2].into_iter();
    let mut next =
        |candidate: &mut [u8]| candidate.copy_from_slice(&number::<curve::CryptoProC>(nonces.next().unwrap()));
    let signature = secret.sign(&[7; 32], &mut next).unwrap();
    assert_eq!(nonces.next(), None);
    assert!(signature[32..].iter().any(|octet| *octet != 0));
}

#[test]
fn nonces_and_keys_outside_1_to_q_minus_1_are_passed_over() {
    fn check<C: Curve<Uint: ArrayEncoding>>() {
        for bad in [number::<C>(0), order_plus::<C>(0).unwrap()] {
            assert_eq!(private::<C>(&bad).err(), Some(Error::PrivateKeyOutOfRange));
            let mut row = [bad, number::<C>(3)].into_iter();
            let chosen = On::<C>(PhantomData).choose(&mut |candidate| candidate.copy_from_slice(&row.next().unwrap()));
            assert_eq!(chosen.octets().first(), Some(&3));
        }
    }
    on_every_curve!(check);
}

#[test]
fn points_that_are_no_keys_are_refused() {
    let admit = |set: ParameterSet, x: &str, y: &str| of(set).admit(&key_octets(x, y)).err();
    let zero = "0000000000000000000000000000000000000000000000000000000000000000";
    let one = "0000000000000000000000000000000000000000000000000000000000000001";
    let one_plus_p = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd98";
    let y = "8d91e471e0989cda27df505a453f2b7635294f2ddf23e3b122acc99c9e9f1e14";
    let set = ParameterSet::CryptoProA;
    assert_eq!(admit(set, one, y), None);
    assert_eq!(admit(set, zero, zero), Some(Error::PointNotOnCurve), "infinity in the usual disguise");
    assert_eq!(admit(set, one, one), Some(Error::PointNotOnCurve));
    assert_eq!(admit(set, one_plus_p, y), Some(Error::PointOutOfRange), "second spelling of a point");
    assert_eq!(admit(ParameterSet::CryptoProC, one, y), Some(Error::PointNotOnCurve), "another curve");
    for length in [0, 1, 63, 65, 128] {
        let expected = Error::KeyLength { what: "public key", expected: 64, found: length };
        assert_eq!(of(set).admit(&vec![1; length]).err(), Some(expected));
        let expected = Error::KeyLength { what: "private key", expected: 32, found: length };
        assert_eq!(of(set).private(&vec![1; length]).err(), Some(expected));
    }
}

/// Points of order 2 and 4 and their sums with the generator (computed elsewhere): on the curve, but with them a
/// signature verifies under related keys, or the sum loses the key altogether.
#[test]
fn low_order_and_mixed_order_keys_are_refused() {
    let points_256 = [
        (
            "order 2",
            "0100fe73f595ff158e974b44d478d9588744fe5c192ac47ea63075dce7a14aaa",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "order 4",
            "7f7f80c60535007538b45a5d95c39353bc5d80d1f36a9dc0ace7c5118c2f5977",
            "7e7e82520f9f015faa1d0f18c14ab9fb35188275da3fd94206b74f34a48e0ecd",
        ),
        (
            "G + order 2",
            "18476b1af2e5cecdc380e4c91d2a3a5c2b6c0788066615e2b4e9a63246463e96",
            "4cfa952e3b48a1409977e07faba396136986d7e8edc05c336154375be5070030",
        ),
        (
            "G + order 4",
            "ddb921090cc4903145ec19c1e5a683137e548e895e189c8f32b7e8d45a953ae1",
            "266b0860f3c4da7273ab5c51d5dfd1b1fd3971404eeb66d9b296eb3d7e342d8a",
        ),
    ];
    let points_512 = [
        (
            "order 2",
            "9a628f975594ecefd89ba28a2539ffb79c8ab238aeed0851fa5c1abb02b80b44\
             c6734501b83a011dd625cd0b5145091a6d9acd4b1f5c5b1e21b2b249ddfd1271",
            "0000000000000000000000000000000000000000000000000000000000000000\
             0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "order 4",
            "b2ceb8345535898813b22ebaed63002431baa6e3a8897bd702d1f2a27ea3fa5d\
             9cc65d7f23e2ff7114ed197a575d7b72c932995a7051d270ef26a6db1101748f",
            "186c289cffa09c983b168c30c829006c952ff4aaf99c73850875d7e77bebef18\
             d653187d6ba8fe533ec74c6f061872585b97cc0f50f57752cd73f4913304621e",
        ),
        (
            "G + order 2",
            "a971a08c11434aed18be284bda0575df3112277f7f11db4cfc63762467acf3a9\
             ad39e333d5727748008ca4a7275f22ce793d6e36a77cf3ee6793fda38008c4bb",
            "a9d47f0ed920fac7438c4de7042d95e15b4dced16636d7d59c54ecb3089d0f88\
             9dd8856efe606b368bddd793c97053e7c676f70f5bfe30663501b4b3e8c6749d",
        ),
        (
            "G + order 4",
            "acf4504e3af7bf24456c836bf8df6b20905250923b610cc0004381f95df26b3c\
             06afa85b9b447be0d3df4549aa21b044a263d3585da9263fd5a943413714189e",
            "158ccd230a088e65ae5aebcc473f84ce8e6fa15cc101bc424b2da4ab1e4692ab\
             cafaa586faaa7fdae92228dd2832a926b28f37db2be88d1971abd1666160ef3d",
        ),
    ];
    for (set, points) in [(ParameterSet::Tc26_256A, points_256), (ParameterSet::Tc26_512C, points_512)] {
        for (name, x, y) in points {
            let verdict = of(set).admit(&key_octets(x, y)).err();
            assert_eq!(verdict, Some(Error::PointNotInSubgroup), "{set} {name}");
        }
    }
}
