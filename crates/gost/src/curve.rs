//! The table of curves, instantiated over RustCrypto's `primefield` (Montgomery arithmetic of `crypto-bigint`) and
//! `primeorder` (complete addition formulas). Signatures are made of these in `arithmetic`.
//!
//! Sources: RFC 4357 §11.4 (CryptoPro), RFC 7836 appendix A and RFC 9215 (TC26), RFC 7091 §7 (the examples' curves).
//! The two curves born as twisted Edwards curves stand in their short Weierstrass form.
//!
//! `primeorder` takes every curve for one of prime order. Its formulas fail on a curve of even order only where the
//! difference of two summands has order 2, which cannot happen inside the subgroup of prime order; they then give
//! (0:0:0) and never a wrong point. So: no point outside the subgroup may get past `arithmetic`'s admission, and the
//! library's own `is_torsion_free` (always true) must not be asked.

use primeorder::{LookupTable, PrimeCurveParams, ProjectivePoint};

/// What a curve has to tell beyond `primeorder`'s parameters.
pub(crate) trait Curve: PrimeCurveParams {
    /// Number of points of the curve, divided by q.
    const COFACTOR: u8;

    /// Multiples 1..8 of 2^(8i)·G, one table for each i up to the octets of the field: built on first use.
    fn generator_tables() -> &'static [LookupTable<ProjectivePoint<Self>>];
}

/// One curve in one table entry. `non_residues` are the smallest quadratic non-residues mod p and mod q: `primefield`
/// asks for generators of the multiplicative groups, but uses them for square roots only, which nothing here takes.
macro_rules! curve {
    (
        $(#[$doc:meta])*
        $name:ident in $module:ident: $uint:ident, $octets:ident octets, $tables:literal tables,
        p: $p:expr, q: $q:expr, cofactor: $cofactor:literal, non_residues: ($gp:literal, $gq:literal),
        $equation:ident a: $a:expr, b: $b:expr, x: $x:expr, y: $y:expr $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Copy, Clone, Debug, Default, Eq, PartialEq, PartialOrd, Ord)]
        #[allow(unreachable_pub, reason = "public impls of scalar_impls name it; the module stays private")]
        pub struct $name;

        #[allow(
            unreachable_pub,
            dead_code,
            clippy::pedantic,
            reason = "expanded from primefield's macros, whose lints are theirs"
        )]
        mod $module {
            use super::$name;
            use elliptic_curve::bigint::{Odd, $uint};
            use elliptic_curve::ff::PrimeField;
            use elliptic_curve::ops::BatchInvert;
            use elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
            use elliptic_curve::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};
            use primeorder::{point_arithmetic, wnaf};

            pub(crate) mod field {
                use super::*;
                primefield::monty_field_params! {
                    name: FieldParams, modulus: $p, uint: $uint, byte_order: primefield::ByteOrder::BigEndian,
                    multiplicative_generator: $gp, doc: "p"
                }
                primefield::monty_field_element! { name: FieldElement, params: FieldParams, uint: $uint, doc: "mod p" }
                primefield::monty_field_arithmetic! { name: FieldElement, params: FieldParams, uint: $uint }
                impl BatchInvert for FieldElement {}
            }

            pub(crate) mod scalar {
                use super::*;
                primefield::monty_field_params! {
                    name: ScalarParams, modulus: $q, uint: $uint, byte_order: primefield::ByteOrder::BigEndian,
                    multiplicative_generator: $gq, doc: "q"
                }
                primefield::monty_field_element! { name: Scalar, params: ScalarParams, uint: $uint, doc: "mod q" }
                primefield::monty_field_arithmetic! { name: Scalar, params: ScalarParams, uint: $uint }
                primefield::monty_field_reduce! { name: Scalar, params: ScalarParams, uint: $uint, }
                elliptic_curve::scalar_impls!($name, Scalar);
                wnaf::impl_wnaf_size_for_scalar!(Scalar);

                impl AsRef<Scalar> for Scalar {
                    fn as_ref(&self) -> &Scalar {
                        self
                    }
                }
                impl FromUintUnchecked for Scalar {
                    type Uint = $uint;
                    fn from_uint_unchecked(uint: $uint) -> Self {
                        Self::from_uint_unchecked(uint)
                    }
                }
                impl IsHigh for Scalar {
                    fn is_high(&self) -> Choice {
                        const HALF: $uint = <$name as elliptic_curve::Curve>::ORDER.as_ref().shr_vartime(1);
                        self.to_canonical().ct_gt(&HALF)
                    }
                }
            }

            use field::FieldElement;
            use scalar::Scalar;

            type Tables = primeorder::BasepointTable<primeorder::ProjectivePoint<$name>, $tables>;
            static GENERATOR_TABLES: Tables = Tables::new();

            impl elliptic_curve::Curve for $name {
                type FieldBytesSize = elliptic_curve::consts::$octets;
                type Uint = $uint;
                const ORDER: Odd<$uint> = Odd::<$uint>::from_be_hex($q);
            }
            impl elliptic_curve::PrimeCurve for $name {}
            impl elliptic_curve::point::PointCompression for $name {
                const COMPRESS_POINTS: bool = false;
            }
            impl elliptic_curve::CurveArithmetic for $name {
                type AffinePoint = primeorder::AffinePoint<$name>;
                type ProjectivePoint = primeorder::ProjectivePoint<$name>;
                type Scalar = Scalar;
            }
            impl elliptic_curve::hazmat::FieldArithmetic for $name {
                type FieldElement = FieldElement;
            }
            impl elliptic_curve::PrimeCurveArithmetic for $name {
                type CurveGroup = primeorder::ProjectivePoint<$name>;
            }
            impl primeorder::PrimeCurveWithBasepointTable<$tables> for $name {
                const BASEPOINT_TABLE: &'static Tables = &GENERATOR_TABLES;
            }
            impl primeorder::PrimeCurveParams for $name {
                type PointArithmetic = point_arithmetic::$equation;
                type Backend = primeorder::mul_backend::PrecomputedTables<$tables>;
                const EQUATION_A: FieldElement = FieldElement::from_hex_vartime($a);
                const EQUATION_B: FieldElement = FieldElement::from_hex_vartime($b);
                const GENERATOR: (FieldElement, FieldElement) =
                    (FieldElement::from_hex_vartime($x), FieldElement::from_hex_vartime($y));
            }
            impl super::Curve for $name {
                const COFACTOR: u8 = $cofactor;
                fn generator_tables() -> &'static [primeorder::LookupTable<primeorder::ProjectivePoint<$name>>] {
                    GENERATOR_TABLES.as_slice()
                }
            }
        }
    };
}

curve! {
    /// id-GostR3410-2001-CryptoPro-A-ParamSet, XchA and id-tc26-gost-3410-2012-256-paramSetB.
    CryptoProA in crypto_pro_a: U256, U32 octets, 33 tables,
    p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd97",
    q: "ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893",
    cofactor: 1, non_residues: (7, 2),
    EquationAIsMinusThree a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd94",
    b: "00000000000000000000000000000000000000000000000000000000000000a6",
    x: "0000000000000000000000000000000000000000000000000000000000000001",
    y: "8d91e471e0989cda27df505a453f2b7635294f2ddf23e3b122acc99c9e9f1e14",
}

curve! {
    /// id-GostR3410-2001-CryptoPro-B-ParamSet and id-tc26-gost-3410-2012-256-paramSetC.
    CryptoProB in crypto_pro_b: U256, U32 octets, 33 tables,
    p: "8000000000000000000000000000000000000000000000000000000000000c99",
    q: "800000000000000000000000000000015f700cfff1a624e5e497161bcc8a198f",
    cofactor: 1, non_residues: (3, 5),
    EquationAIsMinusThree a: "8000000000000000000000000000000000000000000000000000000000000c96",
    b: "3e1af419a269a5f866a7d3c25c3df80ae979259373ff2b182f49d4ce7e1bbc8b",
    x: "0000000000000000000000000000000000000000000000000000000000000001",
    y: "3fa8124359f96680b83d1c3eb2c070e5c545c9858d03ecfb744bf8d717717efc",
}

curve! {
    /// id-GostR3410-2001-CryptoPro-C-ParamSet, XchB and id-tc26-gost-3410-2012-256-paramSetD.
    CryptoProC in crypto_pro_c: U256, U32 octets, 33 tables,
    p: "9b9f605f5a858107ab1ec85e6b41c8aacf846e86789051d37998f7b9022d759b",
    q: "9b9f605f5a858107ab1ec85e6b41c8aa582ca3511eddfb74f02f3a6598980bb9",
    cofactor: 1, non_residues: (2, 7),
    EquationAIsMinusThree a: "9b9f605f5a858107ab1ec85e6b41c8aacf846e86789051d37998f7b9022d7598",
    b: "000000000000000000000000000000000000000000000000000000000000805a",
    x: "0000000000000000000000000000000000000000000000000000000000000000",
    y: "41ece55743711a8c3cbf3783cd08c0ee4d4dc440d4641a8f366e550dfdb3bb67",
}

curve! {
    /// id-tc26-gost-3410-2012-256-paramSetA.
    Tc26A256 in tc26_a_256: U256, U32 octets, 33 tables,
    p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd97",
    q: "400000000000000000000000000000000fd8cddfc87b6635c115af556c360c67",
    cofactor: 4, non_residues: (7, 5),
    EquationAIsGeneric a: "c2173f1513981673af4892c23035a27ce25e2013bf95aa33b22c656f277e7335",
    b: "295f9bae7428ed9ccc20e7c359a9d41a22fccd9108e17bf7ba9337a6f8ae9513",
    x: "91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28",
    y: "32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c",
}

curve! {
    /// id-GostR3410-2001-TestParamSet.
    Test256 in test_256: U256, U32 octets, 33 tables,
    p: "8000000000000000000000000000000000000000000000000000000000000431",
    q: "8000000000000000000000000000000150fe8a1892976154c59cfc193accf5b3",
    cofactor: 1, non_residues: (7, 2),
    EquationAIsGeneric a: "0000000000000000000000000000000000000000000000000000000000000007",
    b: "5fbff498aa938ce739b8e022fbafef40563f6e6a3472fc2a514c0ce9dae23b7e",
    x: "0000000000000000000000000000000000000000000000000000000000000002",
    y: "08e2a8a0e65147d4bd6316030e16d19c85c97f0a9ca267122b96abbcea7e8fc8",
}

curve! {
    /// id-tc26-gost-3410-12-512-paramSetA.
    Tc26A512 in tc26_a_512: U512, U64 octets, 65 tables,
    p: "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc7",
    q: "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275",
    cofactor: 1, non_residues: (5, 2),
    EquationAIsMinusThree a: "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc4",
    b: "e8c2505dedfc86ddc1bd0b2b6667f1da34b82574761cb0e879bd081cfd0b6265\
        ee3cb090f30d27614cb4574010da90dd862ef9d4ebee4761503190785a71c760",
    x: "0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000003",
    y: "7503cfe87a836ae3a61b8816e25450e6ce5e1c93acf1abc1778064fdcbefa921\
        df1626be4fd036e93d75e6a50e3a41e98028fe5fc235f5b889a589cb5215f2a4",
}

curve! {
    /// id-tc26-gost-3410-12-512-paramSetB.
    Tc26B512 in tc26_b_512: U512, U64 octets, 65 tables,
    p: "8000000000000000000000000000000000000000000000000000000000000000\
        000000000000000000000000000000000000000000000000000000000000006f",
    q: "8000000000000000000000000000000000000000000000000000000000000001\
        49a1ec142565a545acfdb77bd9d40cfa8b996712101bea0ec6346c54374f25bd",
    cofactor: 1, non_residues: (7, 2),
    EquationAIsMinusThree a: "8000000000000000000000000000000000000000000000000000000000000000\
        000000000000000000000000000000000000000000000000000000000000006c",
    b: "687d1b459dc841457e3e06cf6f5e2517b97c7d614af138bcbf85dc806c4b289f\
        3e965d2db1416d217f8b276fad1ab69c50f78bee1fa3106efb8ccbc7c5140116",
    x: "0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000002",
    y: "1a8f7eda389b094c2c071e3647a8940f3c123b697578c213be6dd9e6c8ec7335\
        dcb228fd1edf4a39152cbcaaf8c0398828041055f94ceeec7e21340780fe41bd",
}

curve! {
    /// id-tc26-gost-3410-2012-512-paramSetC.
    Tc26C512 in tc26_c_512: U512, U64 octets, 65 tables,
    p: "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffdc7",
    q: "3fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
        c98cdba46506ab004c33a9ff5147502cc8eda9e7a769a12694623cef47f023ed",
    cofactor: 4, non_residues: (5, 2),
    EquationAIsGeneric a: "dc9203e514a721875485a529d2c722fb187bc8980eb866644de41c68e1430645\
        46e861c0e2c9edd92ade71f46fcf50ff2ad97f951fda9f2a2eb6546f39689bd3",
    b: "b4c4ee28cebc6c2c8ac12952cf37f16ac7efb6a9f69f4b57ffda2e4f0de5ade0\
        38cbc2fff719d2c18de0284b8bfef3b52b8cc7a5f5bf0a3c8d2319a5312557e1",
    x: "e2e31edfc23de7bdebe241ce593ef5de2295b7a9cbaef021d385f7074cea043a\
        a27272a7ae602bf2a7b9033db9ed3610c6fb85487eae97aac5bc7928c1950148",
    y: "f5ce40d95b5eb899abbccff5911cb8577939804d6527378b8c108c3d2090ff9b\
        e18e2d33e3021ed2ef32d85822423b6304f726aa854bae07d0396e9a9addc40f",
}

curve! {
    /// id-tc26-gost-3410-12-512-paramSetTest.
    Test512 in test_512: U512, U64 octets, 65 tables,
    p: "4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d\
        f1d852741af4704a0458047e80e4546d35b8336fac224dd81664bbf528be6373",
    q: "4531acd1fe0023c7550d267b6b2fee80922b14b2ffb90f04d4eb7c09b5d2d15d\
        a82f2d7ecb1dbac719905c5eecc423f1d86e25edbe23c595d644aaf187e6e6df",
    cofactor: 1, non_residues: (2, 5),
    EquationAIsGeneric a: "0000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000007",
    b: "1cff0806a31116da29d8cfa54e57eb748bc5f377e49400fdd788b649eca1ac43\
        61834013b2ad7322480a89ca58e0cf74bc9e540c2add6897fad0a3084f302adc",
    x: "24d19cc64572ee30f396bf6ebbfd7a6c5213b3b3d7057cc825f91093a68cd762\
        fd60611262cd838dc6b60aa7eee804e28bc849977fac33b4b530f1b120248a9a",
    y: "2bb312a43bd2ce6e0d020613c857acddcfbf061e91e5f2c3f32447c259f39b2c\
        83ab156d77f1496bf7eb3351e1ee4e43dc1a18b91b24640b6dbb92cb1add371e",
}
