//! [`Cause`]: the closed set of what an explanation can say.

/// Documents, names and lists each cause in one place.
macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $Name:ident = $code:literal,)+) => {
        /// What an [`Explanation`](crate::Explanation) says, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Cause {
            $($(#[doc = $doc])+ $Name,)+
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$Name,)+];

            /// A name that stays the same from version to version.
            ///
            /// ```
            /// assert_eq!(tower_cors::Cause::SchemeDiffers.code(), "scheme-differs");
            /// ```
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$Name => $code,)+
                }
            }
        }
    };
}

causes! {
    /// The policy permits the request, and the browser lets the page read the answer.
    Allowed = "allowed",
    /// The page is the service's own: it needs no permission.
    OwnOrigin = "own-origin",

    /// The request has no `Origin`, so it is no CORS request: a test without it proves nothing.
    NoOrigin = "no-origin",
    /// The browser sent `Origin`, and something on the way removed it.
    OriginRemoved = "origin-removed",
    /// `OPTIONS` without `Access-Control-Request-Method` is no preflight.
    NoRequestMethod = "no-request-method",
    /// Mode `no-cors`: the page cannot read the answer, whatever a policy says.
    NoCorsMode = "no-cors-mode",
    /// A navigation or a form: the page that asks reads nothing.
    Navigation = "navigation",
    /// A WebSocket handshake: browsers ask no policy for it.
    WebSocket = "web-socket",
    /// `Origin` stands on several lines.
    SeveralOrigins = "several-origins",
    /// `Origin` is not written as browsers write it.
    MalformedOrigin = "malformed-origin",
    /// `Origin: file://`: a page from the file system, in an old web view.
    FileOrigin = "file-origin",
    /// `Origin: null`: a page without an origin of its own, or a redirect across origins.
    NullOrigin = "null-origin",

    /// The policy allows no origin.
    NoOriginAllowed = "no-origin-allowed",
    /// The list has nothing like this origin.
    OriginNotListed = "origin-not-listed",
    /// The list has it under the other one of `http` and `https`.
    SchemeDiffers = "scheme-differs",
    /// The list has it with another port, or without one.
    PortDiffers = "port-differs",
    /// The list has it with `www.` or without.
    WwwDiffers = "www-differs",
    /// The list has the host above or below it, which is another one.
    SubdomainDiffers = "subdomain-differs",
    /// The list has a wildcard for the hosts below it, which it is not.
    ApexNotCovered = "apex-not-covered",
    /// The list has a wildcard inside a label that stands for less.
    WildcardWithinLabel = "wildcard-within-label",
    /// The list has the same machine under another name: `localhost`, `127.0.0.1`, `[::1]`.
    LoopbackDiffers = "loopback-differs",
    /// The list has the address of this server where that of the page belongs.
    ServerListed = "server-listed",
    /// The list has the origin that the same web view has on another platform.
    WebViewDiffers = "web-view-differs",
    /// The list has another identifier of an extension.
    ExtensionDiffers = "extension-differs",
    /// The list has it with a dot at the end of the host, or without.
    RootDotDiffers = "root-dot-differs",
    /// The list has it in another case.
    CaseDiffers = "case-differs",
    /// The list has a host that is spelt almost the same.
    SpellingDiffers = "spelling-differs",
    /// The list has another host of the same site.
    HostDiffers = "host-differs",
    /// The predicate said no.
    PredicateSaidNo = "predicate-said-no",
    /// The predicate was not asked about an `http` origin, where origins must be trusted ones.
    InsecureOrigin = "insecure-origin",

    /// Refused: another site sent an unsafe request without `Origin`.
    CrossSiteWithoutOrigin = "cross-site-without-origin",
    /// Refused: the service's own page over plain http, which DNS rebinding forges.
    PlainHttpOwnOrigin = "plain-http-own-origin",
    /// Refused: the service's own page, behind a proxy that rewrites `Host`.
    HostRewritten = "host-rewritten",

    /// The method is not allowed.
    MethodNotAllowed = "method-not-allowed",
    /// The method is allowed in another case: browsers send `patch` as it is written.
    MethodCase = "method-case",
    /// A method that no script can send.
    ForbiddenMethod = "forbidden-method",
    /// `Access-Control-Request-Method` is not one method.
    RequestedMethod = "requested-method",
    /// A request header is not allowed.
    HeaderNotAllowed = "header-not-allowed",
    /// `authorization` is not covered by `*`.
    AuthorizationNotCovered = "authorization-not-covered",
    /// `content-type` is not allowed, which JSON needs.
    ContentTypeNotAllowed = "content-type-not-allowed",
    /// The script sends a response header, `access-control-allow-origin` mostly.
    ResponseHeaderSent = "response-header-sent",
    /// A request header that no script can set.
    ForbiddenHeader = "forbidden-header",
    /// `Access-Control-Request-Headers` is not what a browser sends.
    RequestedHeaders = "requested-headers",
    /// The preflight of an old browser for private network access.
    PrivateNetwork = "private-network",

    /// The page sends credentials, and the policy allows none.
    CredentialsNotAllowed = "credentials-not-allowed",
    /// The page sends credentials, and the policy allows any origin.
    WildcardWithCredentials = "wildcard-with-credentials",

    /// No answer reached the browser: no CORS matter.
    NoAnswer = "no-answer",
    /// An `https` page asks plain `http`: no CORS matter.
    MixedContent = "mixed-content",
    /// Authentication, or another guard, answered outside of this layer.
    AuthenticationOutside = "authentication-outside",
    /// The router answered itself: the layer is not around the route.
    LayerBeforeRoutes = "layer-before-routes",
    /// Something outside of this layer answered with an error: a limit, a time-out, a proxy.
    ErrorOutside = "error-outside",
    /// Something else answered with success: the request never came to this layer.
    LayerNotReached = "layer-not-reached",
    /// A redirect to `https`.
    RedirectToHttps = "redirect-to-https",
    /// A redirect that adds or removes a slash.
    RedirectToSlash = "redirect-to-slash",
    /// A redirect to a login.
    RedirectToLogin = "redirect-to-login",
    /// Another redirect.
    Redirected = "redirected",
    /// `Access-Control-Allow-Origin` has two values.
    DoubledHeader = "doubled-header",
    /// Another policy answered, or changed the answer of this one.
    AnotherAuthority = "another-authority",
    /// Something on the way removed headers of this layer.
    HeadersRemoved = "headers-removed",
    /// A cache gave the answer that was stored for somebody else.
    CachedAnswer = "cached-answer",
    /// Something on the way removed `Vary: origin`.
    VaryRemoved = "vary-removed",
    /// `Cross-Origin-Resource-Policy` keeps the answer from a page that asked without CORS.
    ResourcePolicy = "resource-policy",
    /// The page can read the answer, which is an error of the service: no CORS matter.
    ServiceError = "service-error",
    /// The page can read the answer; the request carried no cookie: no CORS matter.
    CookieNotSent = "cookie-not-sent",
    /// The page can read the answer; browsers do not keep its cookie: no CORS matter.
    CookieNotKept = "cookie-not-kept",
    /// The page can read the answer, but not a header of it.
    HeaderNotExposed = "header-not-exposed",
}
