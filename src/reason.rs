//! Why a request gets no permission: the reason of one head, without a search for what was meant.

use http::header::ORIGIN;

use crate::compiled::{Compiled, Origins, Permission};
use crate::echo;
use crate::head::{Head, Lines};
use crate::origin::{is_insecure_http_origin, is_origin};
use crate::own_origin;
use crate::refusal::{RefusalKind, RefusalReason};

/// What a policy refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A preflight, for its origin.
    PreflightOrigin,
    /// A preflight of an allowed origin, for what it asks for.
    PreflightQuestion,
    Request,
    Response,
}

impl Refused {
    pub(crate) fn kind(self) -> RefusalKind {
        match self {
            Self::PreflightOrigin | Self::PreflightQuestion => RefusalKind::Preflight,
            Self::Request => RefusalKind::Request,
            Self::Response => RefusalKind::Response,
        }
    }
}

/// The reason for a request that the policy refused; `None` if nothing was lost by it, because the service's own pages
/// read its responses without permission.
pub(crate) fn of_refused(policy: &Compiled, refused: Refused, head: Head<'_>) -> Option<RefusalReason> {
    let origin = Lines::of(head.headers, &ORIGIN);
    match refused {
        Refused::PreflightQuestion => Some(of_question(policy, head)),
        Refused::Response if own_origin::seems_own_origin(origin, head) => None,
        Refused::PreflightOrigin | Refused::Request | Refused::Response => Some(of_origin(policy, origin)),
    }
}

/// Why a preflight of an allowed origin was refused all the same.
fn of_question(policy: &Compiled, head: Head<'_>) -> RefusalReason {
    let echoes_method = matches!(policy.preflight.methods, Permission::Echo);
    if echoes_method && echo::requested_method(head.headers).is_err() {
        RefusalReason::RequestedMethod
    } else {
        RefusalReason::RequestedHeaders
    }
}

/// Why an origin that is not allowed is not.
pub(crate) fn of_origin(policy: &Compiled, origin: Lines<'_>) -> RefusalReason {
    let origin = match origin {
        Lines::None => return RefusalReason::CrossSiteWithoutOrigin,
        Lines::Several => return RefusalReason::SeveralOrigins,
        Lines::One(origin) => origin.as_bytes(),
    };
    match &policy.origins {
        Origins::Listed { set, null: false } if set.is_empty() => RefusalReason::NoOriginAllowed,
        _ if origin == b"null" => match &policy.origins {
            Origins::Predicate(_) if policy.settings.asks_about_null() => RefusalReason::PredicateSaidNo,
            _ => RefusalReason::NullOrigin,
        },
        _ if !is_origin(origin) => RefusalReason::MalformedOrigin,
        Origins::Predicate(_) if !policy.settings.asks_about_insecure_origins() && is_insecure_http_origin(origin) => {
            RefusalReason::InsecureOrigin
        }
        Origins::Predicate(_) => RefusalReason::PredicateSaidNo,
        Origins::Any | Origins::Listed { .. } => RefusalReason::OriginNotListed,
    }
}
