//! A service behind the layer, that counts its calls.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use tower::util::BoxCloneSyncService;
use tower::{Layer, service_fn};

use super::rules::Rules;

pub type Service = BoxCloneSyncService<Request<Full<Bytes>>, Response<String>, Infallible>;

/// Puts the layer of some rules before a service.
pub trait Stack {
    fn build(&self, rules: &Rules, inner: Inner) -> Service;
}

/// The layer as it is.
pub struct Honest;

impl Stack for Honest {
    fn build(&self, rules: &Rules, inner: Inner) -> Service {
        BoxCloneSyncService::new(rules.layer().layer(inner.service()))
    }
}

/// What the service answers.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
}

#[derive(Clone)]
pub struct Inner {
    answer: Answer,
    calls: Arc<AtomicUsize>,
}

impl Inner {
    pub fn new(answer: Answer) -> Self {
        Self { answer, calls: Arc::default() }
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub fn service(&self) -> Service {
        let this = self.clone();
        BoxCloneSyncService::new(service_fn(move |_: Request<Full<Bytes>>| {
            this.calls.fetch_add(1, Ordering::SeqCst);
            let mut response = Response::new("answer".to_owned());
            *response.status_mut() = this.answer.status.try_into().unwrap();
            for (name, value) in &this.answer.headers {
                response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            std::future::ready(Ok(response))
        }))
    }
}
