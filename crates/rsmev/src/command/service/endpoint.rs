//! `rsmev service endpoint`: another endpoint in the place of the one that a route leads to. Messages under way end where they
//! went; those that come after the reload go to the new one.

use domain::registry::Target;

use super::routing::{Endpoint, route_of, row_of, target, version};
use crate::amend::{Amend, Done};
use crate::failure::Failure;
use crate::registry_edit::text::Change;

pub(super) fn endpoint(words: &Endpoint) -> Result<(), Failure> {
    let (of, url) = match words.to.as_slice() {
        [of, url] => (Some(version(of).map_err(|error| Failure::usage(error.to_string()))?), url),
        [url] => (None, url),
        _ => return Err(Failure::usage("one address is needed".to_owned())),
    };
    let sid = &words.service;
    let amend = Amend::begin(&words.words)?;
    let route = route_of(amend.registry(), sid, of.as_ref())?;
    if route.to == Target::Federal {
        return Err(Failure::no(format!("{sid} goes to the federal node by the route at {}", route.place))
            .hint("its address is [federal] endpoint"));
    }
    let before = target(&route.to);
    let mut draft = amend.draft(&route.place.file)?;
    draft.change(row_of(route), Change::Set { key: "to", value: url, after: "service" })?;
    let done = Done {
        what: format!("service endpoint {sid} {url}, before {before}"),
        told: format!("{sid} goes to {url}; before: {before}"),
    };
    amend.finish(draft, &done)
}
