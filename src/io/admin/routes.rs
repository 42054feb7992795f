//! What is answered on which path.

use std::{sync::Arc, sync::mpsc::SyncSender, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use tokio::{sync::oneshot, time::timeout};

use super::{AdminRequest, Readiness, Reason, Wake};

/// What the routes draw on.
pub(super) struct Service {
    pub(super) readiness: Readiness,
    pub(super) metrics: PrometheusHandle,
    pub(super) requests: SyncSender<AdminRequest>,
    pub(super) wake: Wake,
    pub(super) timeout: Duration,
}

pub(super) fn router(service: Service) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/api/feeds", get(feeds))
        .route("/api/presentities/{uri}", get(presentity))
        .fallback(async || refusal(StatusCode::NOT_FOUND, "no such path"))
        .with_state(Arc::new(service))
}

async fn readyz(State(service): State<Arc<Service>>) -> Response {
    let reasons: Vec<&str> = service
        .readiness
        .reasons()
        .into_iter()
        .map(Reason::name)
        .collect();
    let ready = reasons.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(json!({ "ready": ready, "reasons": reasons }))).into_response()
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    service.metrics.run_upkeep();
    let format = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (format, service.metrics.render()).into_response()
}

async fn feeds(State(service): State<Arc<Service>>) -> Response {
    match service.ask(|reply| AdminRequest::Feeds { reply }).await {
        Ok(feeds) => Json(feeds).into_response(),
        Err(response) => *response,
    }
}

async fn presentity(State(service): State<Arc<Service>>, Path(uri): Path<String>) -> Response {
    let found: Result<Option<Value>, _> = service
        .ask(|reply| AdminRequest::Presentity { uri, reply })
        .await;
    match found {
        Ok(Some(document)) => Json(document).into_response(),
        Ok(None) => refusal(StatusCode::NOT_FOUND, "nothing is known of this presentity"),
        Err(response) => *response,
    }
}

impl Service {
    /// Asks the gateway's thread; the error is the answer to the client.
    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> AdminRequest,
    ) -> Result<T, Box<Response>> {
        let unavailable = |why| Box::new(refusal(StatusCode::SERVICE_UNAVAILABLE, why));
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(request(reply))
            .map_err(|_| unavailable("too many requests wait for the gateway"))?;
        (self.wake)();
        match timeout(self.timeout, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(unavailable("the gateway is ending")),
            Err(_) => Err(unavailable("the gateway did not answer in time")),
        }
    }
}

fn refusal(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}
