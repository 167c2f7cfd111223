//! The admin plane: state of the bus and reload. Bound to the address of `[listen] admin`; it decides nothing.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use journal::Journal;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::evidence::Evidence;
use super::space::Disks;
use super::{Reload, Stage};
use crate::looked::Looked;
use crate::{edge, status};

/// What the admin plane knows.
#[derive(Clone)]
pub(crate) struct Admin {
    reload: Reload,
    journal: Journal,
    disks: Arc<Disks>,
    evidence: Arc<Evidence>,
    since: Timestamp,
}

impl Admin {
    pub(crate) fn new(reload: Reload, journal: Journal, disks: Arc<Disks>, evidence: Arc<Evidence>) -> Self {
        Self { reload, journal, disks, evidence, since: edge::now() }
    }
}

/// Serves while the bus is running.
pub(crate) async fn run(listener: TcpListener, admin: Admin, mut stage: watch::Receiver<Stage>) {
    let routes = Router::new()
        .route("/status", get(state))
        .route("/reload", post(reload))
        .route("/canary/again", post(try_again))
        .route("/journal/audit", post(audit))
        .route("/journal/checkpoint", post(checkpoint))
        .route("/journal/seal", post(seal))
        .with_state(admin);
    let routes = routes.layer(middleware::from_fn(no_browser));
    let ended = axum::serve(listener, routes)
        .with_graceful_shutdown(async move {
            let _ = stage.wait_for(|stage| *stage != Stage::Running).await;
        })
        .await;
    if let Err(error) = ended {
        tracing::error!(%error, "the admin plane ended");
    }
}

/// Lets through what an operator's tool sends. A browser on the operator's machine reaches loopback too: a page of another
/// site shows itself by `Origin`, one whose name was made to point here (DNS rebinding) by that name in `Host`.
async fn no_browser(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if request.headers().contains_key(ORIGIN) || !host.is_some_and(is_own) {
        return (StatusCode::FORBIDDEN, "not for browsers; Host must be an address in figures or localhost\n")
            .into_response();
    }
    next.run(request).await
}

/// `Host` names no one who could be elsewhere tomorrow.
fn is_own(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    !host.contains('@') && (bare.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost"))
}

async fn state(State(admin): State<Admin>) -> Json<Value> {
    let snapshot = admin.reload.gateway.snapshot();
    let mut report = status::of_snapshot(&snapshot, edge::now());
    if let Some(fields) = report.as_object_mut() {
        fields.insert("pid".to_owned(), json!(std::process::id()));
        fields.insert("since".to_owned(), json!(admin.since));
        fields.insert("journal".to_owned(), json!(admin.journal.directory().display().to_string()));
        fields.insert("canaries".to_owned(), json!(admin.reload.gateway.canaries()));
        fields.insert("disks".to_owned(), json!(admin.disks.states()));
        fields.insert("evidence".to_owned(), admin.evidence.state());
    }
    Json(report)
}

async fn reload(State(admin): State<Admin>) -> (StatusCode, Json<Value>) {
    match admin.reload.run().await {
        Ok(digest) => (StatusCode::OK, Json(json!({ "reloaded": true, "registry": digest }))),
        Err(failure) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "reloaded": false, "problems": failure.to_string() })))
        }
    }
}

/// A canary route by its name.
#[derive(Debug, Deserialize)]
struct Canary {
    id: String,
}

/// Lets a canary route that has gone back be tried again.
async fn try_again(State(admin): State<Admin>, Json(canary): Json<Canary>) -> (StatusCode, Json<Value>) {
    match admin.reload.gateway.try_again(&canary.id).await {
        Ok(again) => (StatusCode::OK, Json(json!({ "again": again }))),
        Err(error) => {
            let problem = format!("it is tried again, but that could not be kept: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "problem": problem })))
        }
    }
}

/// Puts on record who looked, for a command that cannot write while this bus does.
async fn audit(State(admin): State<Admin>, Json(mut looked): Json<Looked>) -> (StatusCode, Json<Value>) {
    // Whoever reaches this address can say who he is: the record says that he said so.
    looked.audit.who.push_str(", as told to the bus");
    match looked.write(&admin.journal).await {
        Ok(record) => (StatusCode::OK, Json(json!({ "recorded": record.to_string() }))),
        Err(problem) => {
            tracing::warn!(%problem, "a look at the journal was not recorded");
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "recorded": null, "problem": problem })))
        }
    }
}

/// Signs what the journal has come to, now.
async fn checkpoint(State(admin): State<Admin>) -> (StatusCode, Json<Value>) {
    match tokio::task::spawn_blocking(move || admin.evidence.checkpoint()).await {
        Ok(signed) => (StatusCode::OK, Json(json!({ "signed": signed }))),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "problems": "signing ended badly" }))),
    }
}

/// Seals the months that are over, now.
async fn seal(State(admin): State<Admin>) -> (StatusCode, Json<Value>) {
    let Ok(months) = tokio::task::spawn_blocking(move || admin.evidence.seal()).await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "problems": "sealing ended badly" })));
    };
    let told = |(store, month, sealed): (journal::StoreName, journal::Month, Result<u64, journal::Error>)| {
        let name = format!("{store}/{month}");
        match sealed {
            Ok(records) => json!({ "month": name, "records": records }),
            Err(error) => json!({ "month": name, "problem": error.to_string() }),
        }
    };
    (StatusCode::OK, Json(json!({ "months": months.into_iter().map(told).collect::<Vec<_>>() })))
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn dns_rebinding_a_name_is_not_this_machine() {
        for host in ["127.0.0.1:8081", "10.0.0.5", "[::1]:8081", "localhost", "LOCALHOST:8081"] {
            assert!(is_own(host), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:8081", "127.0.0.1.evil.example", "127.0.0.1@evil.example", ""]
        {
            assert!(!is_own(host), "{host}");
        }
    }
}
