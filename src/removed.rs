//! Names of tower-http that are not carried over: their use is a compile error that says what to write instead.
//!
//! The lifetime keeps the compiler from rejecting the bound where it is declared; it is refused where the name is used.

use http::HeaderValue;
use http::request::Parts;

/// Stands in the bounds of names that are not carried over.
#[derive(Debug)]
#[doc(hidden)]
#[non_exhaustive]
pub struct Removed;

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`CorsLayer::very_permissive` is not carried over from tower-http",
    label = "every website could act as your users",
    note = "a public API without cookies, with tokens in a header for example: write `CorsLayer::permissive()`",
    note = "with cookies: write `CorsLayer::new().allow_origins([\"https://app.example.com\"]).allow_methods(Any).allow_headers(Any).allow_credentials(true)` and list the origins you trust",
    note = "while you develop: the origin `\"http://localhost:*\"` is every port of your own machine"
)]
pub trait RemovedVeryPermissive<'a> {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`allow_private_network` is not carried over from tower-http",
    label = "browsers no longer read `Access-Control-Allow-Private-Network`",
    note = "remove the call: browsers ask their user for a permission instead (Local Network Access), and no response header grants it"
)]
pub trait RemovedPrivateNetwork<'a> {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`AllowOrigin::async_predicate` is not carried over from tower-http",
    label = "a policy decides without waiting",
    note = "without awaiting: write `AllowOrigin::predicate(|origin, parts| …)`",
    note = "a list that changes while the program runs: replace the policy with a `ReloadHandle` (feature `reload`)",
    note = "to look origins up, in a database for example, write a resolver (feature `resolver`): it decides before your service is called"
)]
pub trait RemovedAsyncPredicate<'a> {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`AllowCredentials::predicate` is not carried over from tower-http",
    label = "credentials are allowed for all origins of a policy, or for none",
    note = "write `allow_credentials(true)` and list the origins you trust, and no other; what everybody may read gets a policy of its own, such as `CorsLayer::permissive()`, on its own routes"
)]
pub trait RemovedCredentialsPredicate<'a> {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`Cors::new`, `Cors::permissive` and `Cors::very_permissive` are not carried over from tower-http",
    label = "only a layer makes the service, for it checks the rules",
    note = "write `CorsLayer::new().allow_origins([\"https://app.example.com\"]).layer(service)`, or `CorsLayer::permissive().layer(service)`, with `tower::Layer` in scope"
)]
pub trait RemovedWrapping<'a> {}

/// Not carried over from tower-http.
#[doc(hidden)]
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct AllowPrivateNetwork;

impl AllowPrivateNetwork {
    /// Not carried over from tower-http.
    pub fn yes() -> Self
    where
        for<'a> Removed: RemovedPrivateNetwork<'a>,
    {
        Self
    }

    /// Not carried over from tower-http.
    pub fn predicate<F>(_: F) -> Self
    where
        F: Fn(&HeaderValue, &Parts) -> bool + Send + Sync + 'static,
        for<'a> Removed: RemovedPrivateNetwork<'a>,
    {
        Self
    }
}
