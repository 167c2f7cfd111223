//! What the revocation lists say of a path (RFC 5280 §6.3): which list counts for which certificate, whether it is
//! fresh enough, whether the certificate is in it.

use super::{
    CrlNeed, CrlPolicy, ListUsed, Objection, PathProblem, RevocationList, Trust,
    moments::Moments,
    path::{Budget, Exhausted, Link},
};

/// What stands against the path, and the lists that were relied on, that of the first certificate first.
type Verdict = (Option<Objection>, Vec<ListUsed>);

/// Goes from the anchor down, so that a revoked authority is told before anything it says itself. The anchor stands by
/// configuration: no list is asked about it.
pub(super) fn check(
    trust: &Trust,
    path: &[Link<'_>],
    budget: &mut Budget,
    moments: &mut Moments,
) -> Result<Verdict, Exhausted> {
    let mut used = Vec::new();
    if trust.policy.need == CrlNeed::Never {
        return Ok((None, used));
    }
    let mut objection = None;
    for (index, pair) in path.windows(2).enumerate().rev() {
        let [link, issuer] = pair else { continue };
        match choose(trust, link, issuer, budget, moments)? {
            Choice::None if trust.policy.need == CrlNeed::Always => {
                objection = Some(Objection::ListMissing { issuer: issuer.certificate.subject().to_owned() });
            }
            Choice::None => (),
            Choice::Bad => {
                objection = Some(Objection::BadList { issuer: issuer.certificate.subject().to_owned() });
            }
            Choice::List(list) => {
                let (spoken, in_grace) = ask(list, link, trust.policy, moments);
                // Of an authority, it breaks the path of the certificate that is asked about.
                objection = spoken.map(|spoken| if index == 0 { spoken } else { of_authority(link, spoken) });
                used.push(ListUsed {
                    issuer: list.issuer().to_owned(),
                    fingerprint: *list.fingerprint(),
                    this_update: list.this_update(),
                    next_update: list.next_update(),
                    in_grace,
                });
            }
        }
        if objection.is_some() {
            break;
        }
    }
    used.reverse();
    Ok((objection, used))
}

enum Choice<'l> {
    /// There is none for this certificate.
    None,
    /// There is one, but none that can be relied on.
    Bad,
    List(&'l RevocationList),
}

/// The newest list that the certificate's issuer signed and that is about the certificate.
fn choose<'t>(
    trust: &'t Trust,
    link: &Link<'_>,
    issuer: &Link<'_>,
    budget: &mut Budget,
    moments: &mut Moments,
) -> Result<Choice<'t>, Exhausted> {
    // An authority that changed its key publishes one list per key under one name.
    let of_other_key = |list: &RevocationList| match (list.key_identifier(), &issuer.profile.subject_key) {
        (Some(signer), Some(own)) => *signer != **own,
        _ => false,
    };
    let mut lists: Vec<_> = trust.lists.of(&issuer.profile.subject).filter(|list| !of_other_key(list)).collect();
    lists.sort_by_key(|list| std::cmp::Reverse(list.this_update()));

    let mut bad = false;
    for list in lists {
        if !budget.list_signed(list, issuer.certificate.public_key())? {
            bad = bad || !signed_by_namesake(trust, list, issuer, budget)?;
        } else if !issuer.profile.signs_lists()
            || !list.is_reliable()
            || !list.scope().covers(link.profile.is_authority, &link.profile.points)
        {
            bad = true;
        } else if moments.reached(list.this_update()) {
            return Ok(Choice::List(list));
        }
    }
    Ok(if bad { Choice::Bad } else { Choice::None })
}

/// Whether another known authority of the same name signed a list that does not say whose key signed it.
fn signed_by_namesake(
    trust: &Trust,
    list: &RevocationList,
    issuer: &Link<'_>,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    if list.key_identifier().is_some() {
        return Ok(false);
    }
    let own = issuer.certificate.public_key().spki_der();
    for namesake in trust.authorities.named(&issuer.profile.subject) {
        let key = namesake.certificate.public_key();
        if key.spki_der() != own && budget.list_signed(list, key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the list says of the certificate, and whether it is accepted by grace only.
fn ask(list: &RevocationList, link: &Link<'_>, policy: CrlPolicy, moments: &mut Moments) -> (Option<Objection>, bool) {
    let expired = list.next_update().is_some_and(|next| moments.passed(next));
    // A revocation stays one in a list that is too old.
    let effective: Vec<_> = list
        .entries(&link.profile.serial)
        .filter(|entry| !entry.is_removal() && (entry.is_compromise() || moments.reached(entry.since)))
        .collect();
    if let Some(entry) = effective.into_iter().min_by_key(|entry| (entry.since, entry.reason())) {
        return (Some(Objection::Revoked { since: entry.since, reason: entry.reason() }), false);
    }
    let beyond_grace = list.next_update().is_some_and(|next| moments.passed_by(next, policy.grace));
    let too_old = policy.age_limit.is_some_and(|limit| moments.passed_by(list.this_update(), limit));
    if beyond_grace || too_old {
        let issuer = list.issuer().to_owned();
        return (Some(Objection::ListStale { issuer, next_update: list.next_update() }), false);
    }
    (None, expired)
}

fn of_authority(link: &Link<'_>, objection: Objection) -> Objection {
    match objection {
        Objection::Revoked { since, reason } => {
            let subject = link.certificate.subject().to_owned();
            Objection::BrokenPath { subject, problem: PathProblem::Revoked { since, reason } }
        }
        about_list => about_list,
    }
}
