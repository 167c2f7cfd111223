//! The admin plane: state of the bus and reload. Bound to the address of `[listen] admin`; it decides nothing.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Reload;
use crate::{edge, status};

/// What the admin plane knows.
#[derive(Clone)]
pub(crate) struct Admin {
    reload: Reload,
    journal: Arc<PathBuf>,
    since: Timestamp,
}

impl Admin {
    pub(crate) fn new(reload: Reload, journal: PathBuf) -> Self {
        Self { reload, journal: Arc::new(journal), since: edge::now() }
    }
}

/// Serves until `stop` turns true.
pub(crate) async fn run(listener: TcpListener, admin: Admin, mut stop: watch::Receiver<bool>) {
    let routes = Router::new().route("/status", get(state)).route("/reload", post(reload)).with_state(admin);
    let ended = axum::serve(listener, routes)
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await;
    if let Err(error) = ended {
        tracing::error!(%error, "the admin plane ended");
    }
}

async fn state(State(admin): State<Admin>) -> Json<Value> {
    let snapshot = admin.reload.gateway.snapshot();
    let mut report = status::of_snapshot(&snapshot, edge::now());
    if let Some(fields) = report.as_object_mut() {
        fields.insert("pid".to_owned(), json!(std::process::id()));
        fields.insert("since".to_owned(), json!(admin.since));
        fields.insert("journal".to_owned(), json!(admin.journal.display().to_string()));
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
