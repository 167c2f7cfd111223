//! Key admission, signing and verification (RFC 7091 §6), written once for all curves. Octets in, octets out: schemes,
//! encodings and the source of nonces are elsewhere.

use crate::curve::{self, Curve};
use crate::{Error, ParameterSet};
use elliptic_curve::ff::{Field, PrimeField};
use elliptic_curve::group::Group;
use elliptic_curve::ops::{Invert, MulByGeneratorVartime, MulVartime, Reduce};
use elliptic_curve::point::AffineCoordinates;
use elliptic_curve::{FieldBytes, Scalar};
use primeorder::{AffinePoint, LookupTable, MulBackend, ProjectivePoint, Radix16Decomposition, Radix16Digits};
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// A key's tables are built at this verification: a stranger's key, seen once, costs neither memory nor the building
/// time (about that of one more verification); the key of a registered system or our own pays once.
const TABLES_AT_VERIFICATION: u32 = 3;

/// The operations of one curve.
pub(crate) trait Arithmetic: Sync {
    /// Checks a public key X‖Y, each little-endian: length, range, curve, subgroup.
    fn admit(&self, key: &[u8]) -> Result<Box<dyn PublicPoint>, Error>;
    /// Checks a private key, little-endian: length and 0 < d < q.
    fn private(&self, key: &[u8]) -> Result<Box<dyn PrivateScalar>, Error>;
    /// Chooses a private key among `candidates`.
    fn choose(&self, candidates: &mut dyn FnMut(&mut [u8])) -> Box<dyn PrivateScalar>;
}

/// An admitted public key.
pub(crate) trait PublicPoint: Send + Sync {
    /// Verifies s‖r over a digest; the lengths are checked by the caller too, but a wrong one is only an error here.
    fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), Error>;
}

/// A checked private key, wiped on drop.
pub(crate) trait PrivateScalar: Send + Sync {
    /// The public key X‖Y, each little-endian.
    fn public(&self) -> Vec<u8>;
    /// The key itself, little-endian.
    fn octets(&self) -> Zeroizing<Vec<u8>>;
    /// Signs; the nonce is the first candidate below q that gives neither r = 0 nor s = 0. `None`: wrong digest length.
    fn sign(&self, digest: &[u8], candidates: &mut dyn FnMut(&mut [u8])) -> Option<Vec<u8>>;
}

/// The curve of a parameter set.
pub(crate) fn of(set: ParameterSet) -> &'static dyn Arithmetic {
    match set {
        ParameterSet::CryptoProA | ParameterSet::XchA | ParameterSet::Tc26_256B => {
            &On::<curve::CryptoProA>(PhantomData)
        }
        ParameterSet::CryptoProB | ParameterSet::Tc26_256C => &On::<curve::CryptoProB>(PhantomData),
        ParameterSet::CryptoProC | ParameterSet::XchB | ParameterSet::Tc26_256D => {
            &On::<curve::CryptoProC>(PhantomData)
        }
        ParameterSet::Tc26_256A => &On::<curve::Tc26A256>(PhantomData),
        ParameterSet::Tc26_512A => &On::<curve::Tc26A512>(PhantomData),
        ParameterSet::Tc26_512B => &On::<curve::Tc26B512>(PhantomData),
        ParameterSet::Tc26_512C => &On::<curve::Tc26C512>(PhantomData),
        ParameterSet::Test2001 => &On::<curve::Test256>(PhantomData),
        ParameterSet::Test2012_512 => &On::<curve::Test512>(PhantomData),
    }
}

struct On<C>(PhantomData<C>);

impl<C: Curve> Arithmetic for On<C> {
    fn admit(&self, key: &[u8]) -> Result<Box<dyn PublicPoint>, Error> {
        let length =
            Error::KeyLength { what: "public key", expected: 2 * FieldBytes::<C>::default().len(), found: key.len() };
        let (x, y) = key.split_at_checked(key.len() / 2).ok_or_else(|| length.clone())?;
        let (Some(x), Some(y)) = (reversed::<C>(x), reversed::<C>(y)) else {
            return Err(length);
        };
        for coordinate in [x, y] {
            if C::FieldElement::from_repr(coordinate).is_none().into() {
                return Err(Error::PointOutOfRange);
            }
        }
        let affine: AffinePoint<C> =
            Option::from(AffinePoint::from_coordinates(&x, &y)).ok_or(Error::PointNotOnCurve)?;
        if C::COFACTOR != 1 && !in_subgroup(affine) {
            return Err(Error::PointNotInSubgroup);
        }
        Ok(Box::new(Point::<C> { q: affine.into(), verifications: AtomicU32::new(0), tables: OnceLock::new() }))
    }

    fn private(&self, key: &[u8]) -> Result<Box<dyn PrivateScalar>, Error> {
        let expected = FieldBytes::<C>::default().len();
        let octets = Zeroizing::new(reversed::<C>(key).ok_or(Error::KeyLength {
            what: "private key",
            expected,
            found: key.len(),
        })?);
        let d = nonzero_scalar::<C>(&octets).ok_or(Error::PrivateKeyOutOfRange)?;
        Ok(Box::new(Private::<C>(Zeroizing::new(d))))
    }

    fn choose(&self, candidates: &mut dyn FnMut(&mut [u8])) -> Box<dyn PrivateScalar> {
        Box::new(Private::<C>(draw::<C>(candidates)))
    }
}

/// Whether q·Q = O, asked as (q-1)·Q = -Q because a scalar is always below q. Where `primeorder`'s formulas fail (see
/// `curve`) the product is the point at infinity, which is not -Q: such a point is refused as well.
fn in_subgroup<C: Curve>(affine: AffinePoint<C>) -> bool {
    let minus_one = -Scalar::<C>::ONE;
    let product = MulVartime::mul_vartime(ProjectivePoint::<C>::from(affine), &minus_one);
    !bool::from(affine.is_identity()) && product.to_affine() == -affine
}

struct Point<C: Curve> {
    q: ProjectivePoint<C>,
    verifications: AtomicU32,
    tables: OnceLock<Box<[LookupTable<ProjectivePoint<C>>]>>,
}

impl<C: Curve> PublicPoint for Point<C> {
    fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), Error> {
        let (s, r) = signature.split_at_checked(signature.len() / 2).ok_or(Error::SignatureOutOfRange)?;
        let s = FieldBytes::<C>::try_from(s).ok().and_then(|s| nonzero_scalar::<C>(&s));
        let r = FieldBytes::<C>::try_from(r).ok().and_then(|r| nonzero_scalar::<C>(&r));
        let (Some(s), Some(r)) = (s, r) else {
            return Err(Error::SignatureOutOfRange);
        };
        let e = digest_scalar::<C>(digest).ok_or(Error::WrongSignature)?;
        let v: Scalar<C> = Option::from(Invert::invert_vartime(&e)).ok_or(Error::WrongSignature)?;
        let point = self.combination(&(s * v), &-(r * v));
        // x(R) is compared mod q, not as a number below p: p may exceed q (four times, on the curves with cofactor 4).
        if bool::from(point.is_identity()) || x_mod_q(&point) != r {
            return Err(Error::WrongSignature);
        }
        Ok(())
    }
}

impl<C: Curve> Point<C> {
    /// g·G + k·Q in variable time: everything in a verification is public.
    fn combination(&self, g: &Scalar<C>, k: &Scalar<C>) -> ProjectivePoint<C> {
        let Some(own) = self.tables() else {
            return ProjectivePoint::mul_by_generator_and_mul_add_vartime(g, k, &self.q);
        };
        let digits_g = Radix16Decomposition::<Radix16Digits<C>>::new(g);
        let digits_k = Radix16Decomposition::<Radix16Digits<C>>::new(k);
        let (mut even, mut odd) = (ProjectivePoint::<C>::IDENTITY, ProjectivePoint::<C>::IDENTITY);
        let last = own.len().saturating_sub(1);
        for (i, (table_g, table_k)) in C::generator_tables().iter().zip(own).enumerate() {
            for (table, digits) in [(table_g, &digits_g), (table_k, &digits_k)] {
                add_multiple(&mut even, table, digits[2 * i]);
                // The carry of the highest nibble is the last digit: an even one.
                if i != last {
                    add_multiple(&mut odd, table, digits[2 * i + 1]);
                }
            }
        }
        for _ in 0..4 {
            odd = Group::double(&odd);
        }
        even + odd
    }

    fn tables(&self) -> Option<&[LookupTable<ProjectivePoint<C>>]> {
        if let Some(tables) = self.tables.get() {
            return Some(tables);
        }
        let before = self.verifications.fetch_add(1, Ordering::Relaxed);
        (before + 1 >= TABLES_AT_VERIFICATION).then(|| &**self.tables.get_or_init(|| self.build_tables()))
    }

    /// The same shape as the generator's: multiples 1..8 of 2^(8i)·Q.
    fn build_tables(&self) -> Box<[LookupTable<ProjectivePoint<C>>]> {
        let mut base = self.q;
        C::generator_tables()
            .iter()
            .map(|_| {
                let table = LookupTable::new(base);
                for _ in 0..8 {
                    base = Group::double(&base);
                }
                table
            })
            .collect()
    }
}

fn add_multiple<C: Curve>(sum: &mut ProjectivePoint<C>, table: &LookupTable<ProjectivePoint<C>>, digit: i8) {
    if digit != 0 {
        *sum += table.select_vartime(digit);
    }
}

struct Private<C: Curve>(Zeroizing<Scalar<C>>);

impl<C: Curve> PrivateScalar for Private<C> {
    fn public(&self) -> Vec<u8> {
        let point = C::Backend::mul_by_generator(&self.0).to_affine();
        point.x().iter().rev().chain(point.y().iter().rev()).copied().collect()
    }

    fn octets(&self) -> Zeroizing<Vec<u8>> {
        let big_endian = Zeroizing::new(self.0.to_repr());
        Zeroizing::new(big_endian.iter().rev().copied().collect())
    }

    fn sign(&self, digest: &[u8], candidates: &mut dyn FnMut(&mut [u8])) -> Option<Vec<u8>> {
        let e = digest_scalar::<C>(digest)?;
        loop {
            let k = draw::<C>(candidates);
            let r = x_mod_q(&C::Backend::mul_by_generator(&k));
            let s = r * *self.0 + *k * e;
            if !bool::from(r.is_zero() | s.is_zero()) {
                return Some([s.to_repr(), r.to_repr()].iter().flatten().copied().collect());
            }
        }
    }
}

/// The first candidate in 1..q-1. Bits above q's are cut first, so that every second one fits at worst. A rejected
/// candidate is forgotten, so the branch on it tells nothing of the accepted one.
fn draw<C: Curve>(candidates: &mut dyn FnMut(&mut [u8])) -> Zeroizing<Scalar<C>> {
    let mut octets = Zeroizing::new(FieldBytes::<C>::default());
    loop {
        candidates(&mut octets);
        if let Some(first) = octets.first_mut() {
            *first &= u8::MAX >> (Scalar::<C>::NUM_BITS.wrapping_neg() % 8);
        }
        if let Some(k) = nonzero_scalar::<C>(&octets) {
            return Zeroizing::new(k);
        }
    }
}

fn nonzero_scalar<C: Curve>(big_endian: &FieldBytes<C>) -> Option<Scalar<C>> {
    Option::<Scalar<C>>::from(Scalar::<C>::from_repr(*big_endian)).filter(|scalar| !bool::from(scalar.is_zero()))
}

/// e of RFC 7091 §6.1 step 2: the digest as a little-endian number mod q, 0 counting as 1.
fn digest_scalar<C: Curve>(digest: &[u8]) -> Option<Scalar<C>> {
    let e = <Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&reversed::<C>(digest)?);
    Some(if bool::from(e.is_zero()) { Scalar::<C>::ONE } else { e })
}

fn x_mod_q<C: Curve>(point: &ProjectivePoint<C>) -> Scalar<C> {
    Reduce::reduce(&point.to_affine().x())
}

/// Little-endian octets as the big-endian octets of a field element; `None` when there are too many or too few.
fn reversed<C: Curve>(little_endian: &[u8]) -> Option<FieldBytes<C>> {
    let mut octets = FieldBytes::<C>::try_from(little_endian).ok()?;
    octets.reverse();
    Some(octets)
}
