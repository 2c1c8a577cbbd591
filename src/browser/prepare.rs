//! From what a page asks for to the request that its browser holds: the checks of the `Request` constructor.

use super::check::Credentials;
use super::engine::{CacheMode, Engine};
use super::headers::{HeaderList, shown, token};
use super::preflight::PreflightReason;
use super::request::{Initiator, Mode, PageRequest, RedirectMode, ReferrerPolicy};
use super::safelist::{
    UnsafeHeader, is_forbidden_header, is_forbidden_method, is_no_cors_safelisted, is_safelisted_method, normalize,
    unsafe_names,
};
use super::site::PageOrigin;
use std::collections::BTreeMap;
use url::Url;

/// Names and values of a page's own headers together, and their number; more is refused, so that no test can run away.
const MOST_HEADER_BYTES: usize = 256 * 1024;
const MOST_HEADERS: usize = 4096;

/// A request on its way: what redirects change, they change here.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) initiator: Initiator,
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) headers: HeaderList,
    pub(super) body: Option<Vec<u8>>,
    pub(super) is_stream: bool,
    pub(super) mode: Mode,
    pub(super) credentials: Credentials,
    pub(super) cache: CacheMode,
    pub(super) redirect: RedirectMode,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) upload_listener: bool,
    pub(super) destination: &'static str,
    /// A redirect took the `Authorization` header away.
    pub(super) lost_authorization: bool,
}

/// A request, and the names of the headers that were dropped without a word; or why the call throws.
pub(super) type PrepareResult = Result<(Prepared, Vec<String>), String>;

/// The checks of the [`Request` constructor](https://fetch.spec.whatwg.org/#dom-request), in its order.
pub(super) fn prepare(engine: Engine, page: &PageOrigin, asked: PageRequest) -> PrepareResult {
    let url = parse_url(page, &asked)?;
    let is_script = matches!(asked.initiator, Initiator::Fetch | Initiator::Xhr);
    let mode = match asked.mode {
        Mode::Navigate | Mode::WebSocket if is_script => return Err("a script cannot choose this mode".to_owned()),
        Mode::Cors if asked.destination == "font" && engine.loads_fonts_without_cors() => Mode::NoCors,
        mode => mode,
    };
    if token(asked.method.as_bytes()).is_none() {
        return Err(format!("`{}` is no method", shown(asked.method.as_bytes())));
    }
    if is_forbidden_method(asked.method.as_bytes()) {
        return Err(format!("scripts must not send the method {}", shown(asked.method.as_bytes())));
    }
    let method = normalize(&asked.method);
    if mode == Mode::NoCors && !is_safelisted_method(&method) {
        return Err(format!("mode `no-cors` permits GET, HEAD and POST only, not {}", shown(method.as_bytes())));
    }
    let (mut headers, dropped) = author_headers(engine, &asked, mode, is_script)?;
    let body = match asked.body {
        Some(_) if matches!(method.as_str(), "GET" | "HEAD") && asked.initiator == Initiator::Xhr => None,
        Some(_) if matches!(method.as_str(), "GET" | "HEAD") => return Err(format!("a {method} request has no body")),
        Some(body) if body.is_stream && !matches!(mode, Mode::Cors | Mode::SameOrigin) => {
            return Err("a stream can be sent in the modes `cors` and `same-origin` only".to_owned());
        }
        body => body,
    };
    if let Some(content_type) = body.as_ref().and_then(|body| body.content_type.as_ref()) {
        if !headers.contains("content-type") {
            headers.append("content-type", content_type);
        }
    }
    let prepared = Prepared {
        initiator: asked.initiator,
        method,
        url,
        headers,
        is_stream: body.as_ref().is_some_and(|body| body.is_stream),
        body: body.map(|body| body.bytes),
        mode,
        credentials: asked.credentials,
        cache: asked.cache,
        redirect: asked.redirect,
        referrer_policy: asked.referrer_policy,
        upload_listener: asked.upload_listener,
        destination: asked.destination,
        lost_authorization: false,
    };
    Ok((prepared, dropped))
}

fn parse_url(page: &PageOrigin, asked: &PageRequest) -> Result<Url, String> {
    let base = page.referrer().and_then(|base| Url::parse(&base).ok());
    let no_url = |_| format!("`{}` is no URL that this page could load", shown(asked.url.as_bytes()));
    let mut url = Url::options().base_url(base.as_ref()).parse(&asked.url).map_err(no_url)?;
    if asked.initiator == Initiator::WebSocket {
        let scheme = match url.scheme() {
            "ws" => "http",
            "wss" => "https",
            _ => "",
        };
        // Both are special schemes, so the change is always possible; if not, the next check refuses the URL.
        if !scheme.is_empty() && url.set_scheme(scheme).is_ok() {
            url.set_fragment(None);
        }
    }
    if asked.initiator == Initiator::Fetch && (!url.username().is_empty() || url.password().is_some()) {
        return Err("a URL with a user name or password cannot be fetched".to_owned());
    }
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else if is_host_and_port(&url) {
        Err(format!(
            "`{}` has no scheme, so `{}` is taken for one: write http:// or https:// before it",
            shown(asked.url.as_bytes()),
            shown(url.scheme().as_bytes())
        ))
    } else {
        Err(format!("URLs of the scheme `{}` cannot be fetched across origins", shown(url.scheme().as_bytes())))
    }
}

/// `localhost:8080/items`: what stands before the colon is no scheme to whoever wrote it.
fn is_host_and_port(url: &Url) -> bool {
    let scheme = url.scheme();
    url.cannot_be_a_base()
        && (scheme == "localhost" || scheme.contains('.'))
        && url.path().starts_with(|first: char| first.is_ascii_digit())
}

/// The headers that a script set, as far as it may, and the names of those it may not.
fn author_headers(
    engine: Engine,
    asked: &PageRequest,
    mode: Mode,
    is_script: bool,
) -> Result<(HeaderList, Vec<String>), String> {
    let bytes: usize = asked.headers.iter().map(|(name, value)| name.len().saturating_add(value.len())).sum();
    if bytes > MOST_HEADER_BYTES || asked.headers.len() > MOST_HEADERS {
        return Err(format!(
            "it has more than {MOST_HEADERS} headers or {MOST_HEADER_BYTES} bytes of them, which are this model's limits"
        ));
    }
    let mut headers = HeaderList::new();
    let mut dropped = Vec::new();
    for (name, value) in &asked.headers {
        let name = token(name).ok_or_else(|| format!("`{}` is no header name", shown(name)))?;
        let value = normalize_value(value);
        if value.iter().any(|byte| matches!(byte, 0 | b'\n' | b'\r')) {
            return Err(format!("the value of `{}` has a line break or a zero byte", shown(name.as_bytes())));
        }
        let combined = || {
            let mut list = headers.clone();
            list.append(name, value);
            list.get(name).unwrap_or_default()
        };
        let is_dropped = is_script
            && (is_forbidden_header(name, value)
                || name.eq_ignore_ascii_case("user-agent") && engine.drops_user_agent()
                || mode == Mode::NoCors && !is_no_cors_safelisted(engine, name, &combined()));
        if is_dropped {
            dropped.push(shown(name.as_bytes()));
        } else {
            headers.append(name, value);
        }
    }
    Ok((headers, dropped))
}

/// [Normalises](https://fetch.spec.whatwg.org/#concept-header-value-normalize) a value: no HTTP whitespace around it.
fn normalize_value(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\n' | b'\r'] = value {
        value = rest;
    }
    value
}

impl Prepared {
    /// The names that the preflight has to ask for.
    pub(super) fn unsafe_names(&self, engine: Engine) -> BTreeMap<String, UnsafeHeader> {
        let mut names = unsafe_names(engine, &self.headers);
        if self.lost_authorization && engine.preflights_removed_authorization() {
            names.insert("authorization".to_owned(), UnsafeHeader::Name);
        }
        names
    }

    /// The [use-CORS-preflight flag](https://fetch.spec.whatwg.org/#use-cors-preflight-flag).
    pub(super) fn uses_cors_preflight(&self) -> bool {
        self.upload_listener || self.is_stream
    }

    /// Why a cross-origin request of this kind needs a preflight; nothing if it needs none.
    pub(super) fn preflight_reasons(&self, engine: Engine) -> Vec<PreflightReason> {
        let mut reasons = Vec::new();
        if self.upload_listener {
            reasons.push(PreflightReason::UploadListener);
        }
        if self.is_stream {
            reasons.push(PreflightReason::StreamBody);
        }
        if self.initiator.is_unsafe_request() {
            if !is_safelisted_method(&self.method) {
                reasons.push(PreflightReason::Method(self.method.clone()));
            }
            reasons
                .extend(self.unsafe_names(engine).into_iter().map(|(name, why)| PreflightReason::Header { name, why }));
        }
        reasons
    }
}
