//! The entry of the list that is nearest to an origin that is not on it, and how the two differ.
//!
//! Bounded, whatever the list: the first [`SEARCHED`] entries are compared, and a few dozen origins that are nearly the
//! one asked for are looked up in the whole list.

use std::borrow::Cow;

use crate::compiled::Origins;
use crate::edits;
use crate::origin::{HostShape, OriginPattern, OriginSet, PortShape, Shape, is_of_provider, site_of};

use super::cause::Cause;

/// So many entries are compared with the origin, which takes a microsecond or two each.
const SEARCHED: usize = 10_000;

/// So many insertions, removals, changes and swaps of neighbours make two hosts "almost the same".
const MOST_EDITS: usize = 2;

/// Ports of development servers, and those that are left out.
const COMMON_PORTS: [&str; 14] = [
    "", ":80", ":443", ":1420", ":3000", ":3001", ":4173", ":4200", ":5000", ":5173", ":8000", ":8080", ":8100",
    ":8443",
];

/// An entry that is not the origin, but nearly.
#[derive(Debug)]
pub(super) struct Near {
    pub(super) entry: String,
    /// It was read in the list; else the list allows it, perhaps by a wildcard.
    pub(super) listed: bool,
    pub(super) difference: Difference,
}

/// How an entry differs from the origin, the closest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    Case,
    Loopback,
    /// One of the two is this machine or a private address, the other a private address.
    OtherAddress,
    Www,
    RootDot,
    Scheme,
    /// Both are what one kind of application sends; the text names it.
    WebView(&'static str),
    Apex,
    Port,
    /// The entry is a name that only one network knows, as that of a container, the origin is this machine.
    InnerName,
    /// The entry is an exact host right above or below.
    Subdomain,
    WithinLabel,
    Extension,
    /// The entry is the address of this server.
    Server,
    Spelling,
    /// The built application, where the list has its development server.
    Built(&'static str),
    /// Another host of the same site.
    Host,
    /// Another deployment at a provider, to judge by the name.
    Deployment,
    /// Several of them at once; the text names them.
    Several(String),
}

impl Difference {
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Case => Cause::CaseDiffers,
            Self::Loopback | Self::OtherAddress | Self::InnerName => Cause::LoopbackDiffers,
            Self::Www => Cause::WwwDiffers,
            Self::RootDot => Cause::RootDotDiffers,
            Self::Scheme => Cause::SchemeDiffers,
            Self::WebView(_) | Self::Built(_) => Cause::WebViewDiffers,
            Self::Apex => Cause::ApexNotCovered,
            Self::Port => Cause::PortDiffers,
            Self::Subdomain => Cause::SubdomainDiffers,
            Self::WithinLabel => Cause::WildcardWithinLabel,
            Self::Extension => Cause::ExtensionDiffers,
            Self::Server => Cause::ServerListed,
            Self::Spelling => Cause::SpellingDiffers,
            Self::Host | Self::Deployment => Cause::HostDiffers,
            Self::Several(_) => Cause::OriginNotListed,
        }
    }
}

/// The nearest entry, if any is near. `authority` is what the client asked for.
pub(super) fn search(origins: &Origins, origin: &str, authority: Option<&str>) -> Option<Near> {
    let Origins::Listed { set, .. } = origins else { return None };
    let asked = Asked::of(origin)?;
    let entries = set.iter().take(SEARCHED).map(|entry| (Cow::Borrowed(entry), true));
    let beyond = (set.len() > SEARCHED).then(|| asked.relatives(set, authority)).into_iter().flatten();
    let mut nearest: Option<Near> = None;
    for (entry, listed) in entries.chain(beyond.map(|entry| (Cow::Owned(entry), false))) {
        let Ok(pattern) = entry.parse::<OriginPattern>() else { continue };
        let Some(difference) = asked.difference(pattern.shape(), authority) else { continue };
        if nearest.as_ref().is_none_or(|near| difference < near.difference) {
            nearest = Some(Near { entry: entry.into_owned(), listed, difference });
        }
    }
    nearest
}

/// The origin asked for, part by part.
struct Asked<'a> {
    scheme: &'a str,
    host: &'a str,
    /// With its colon, or nothing.
    port: &'a str,
    /// As the address bar shows it.
    host_in_unicode: Cow<'a, str>,
}

impl<'a> Asked<'a> {
    /// Of a well-formed origin.
    fn of(origin: &'a str) -> Option<Self> {
        let (scheme, rest) = origin.split_once("://")?;
        let port_start = match rest.rfind(':') {
            Some(colon) if !rest.ends_with(']') => colon,
            _ => rest.len(),
        };
        let (host, port) = (rest.get(..port_start)?, rest.get(port_start..)?);
        Some(Self { scheme, host, port, host_in_unicode: in_unicode(host) })
    }

    fn difference(&self, entry: Shape<'_>, authority: Option<&str>) -> Option<Difference> {
        let Shape::Origins { scheme, host, port } = entry else { return None };
        let own_port = match port {
            PortShape::Absent => Cow::Borrowed(""),
            PortShape::Number(port) => Cow::Owned(format!(":{port}")),
            PortShape::Any => Cow::Borrowed(self.port),
        };
        if let HostShape::Exact(host) = host {
            if let Some(difference) = self.application(scheme, host, &own_port) {
                return Some(difference);
            }
            if is_server(scheme, host, &own_port, authority) && (host, &*own_port) != (self.host, self.port) {
                return Some(Difference::Server);
            }
        }
        let same_scheme = scheme == self.scheme;
        let relation = match self.relation(host) {
            // The pages of an application have any host.
            None | Some(Relation::Differs(Difference::InnerName | Difference::OtherAddress))
                if same_scheme && !is_web(scheme) =>
            {
                return Some(Difference::Several("another host".to_owned()));
            }
            relation => relation?,
        };
        let same_port = *own_port == *self.port;
        match (relation, same_scheme, same_port) {
            // An application's scheme says nothing about a site.
            (_, false, _) if !is_web(scheme) || !is_web(self.scheme) => None,
            (Relation::Same, true, true)
            | (Relation::Differs(Difference::Spelling | Difference::Host | Difference::Deployment), false, _)
            | (Relation::Differs(Difference::Spelling | Difference::Host | Difference::Deployment), _, false) => None,
            (Relation::Same, false, true) => Some(Difference::Scheme),
            (Relation::Same, true, false) => Some(Difference::Port),
            (Relation::Differs(difference), true, true) => Some(difference),
            (relation, ..) => {
                let host = matches!(relation, Relation::Differs(_)).then_some("another host");
                let scheme = (!same_scheme).then_some("another scheme");
                let port = (!same_port).then_some("another port");
                let all: Vec<String> = [scheme, host, port].into_iter().flatten().map(str::to_owned).collect();
                Some(Difference::Several(super::words::enumeration(all)))
            }
        }
    }

    /// Origins of applications: one web view has several, depending on where it runs.
    fn application(&self, scheme: &str, host: &str, port: &str) -> Option<Difference> {
        let dev_server = is_web(scheme) && host == "localhost" && !port.is_empty();
        if EXTENSIONS.contains(&scheme)
            && EXTENSIONS.contains(&self.scheme)
            && (scheme, host) != (self.scheme, self.host)
        {
            return Some(Difference::Extension);
        }
        let (ours, theirs) = (self.scheme, scheme);
        let of_capacitor = ours == "capacitor" && is_web(theirs) || is_web(ours) && theirs == "capacitor";
        if of_capacitor && host == self.host && host != "localhost" && port.is_empty() && self.port.is_empty() {
            return Some(Difference::WebView(CAPACITOR_HOST));
        }
        for (members, text) in WEB_VIEWS {
            let asked = members.contains(&(self.scheme, self.host)) && self.port.is_empty();
            let listed = members.contains(&(scheme, host)) && port.is_empty();
            // A page at http://localhost may be anything.
            let plain = |scheme, host| host == "localhost" && matches!(scheme, "http" | "https");
            let same_scheme = scheme == self.scheme;
            if !asked || plain(self.scheme, self.host) && (listed && plain(scheme, host) || dev_server && same_scheme) {
                continue;
            }
            if listed && (scheme, host) != (self.scheme, self.host) {
                return Some(Difference::WebView(text));
            }
            if dev_server {
                return Some(Difference::Built(text));
            }
        }
        None
    }

    fn relation(&self, entry: HostShape<'_>) -> Option<Relation> {
        let host = self.host;
        let below = |name: &str, base: &str| {
            name.strip_suffix(base).and_then(|above| above.strip_suffix('.')).is_some_and(|above| !above.is_empty())
        };
        let differs = |difference| Some(Relation::Differs(difference));
        match entry {
            HostShape::Any => Some(Relation::Same),
            HostShape::Exact(listed) if listed == host => Some(Relation::Same),
            HostShape::Exact(listed) if listed.eq_ignore_ascii_case(host) => differs(Difference::Case),
            HostShape::Exact(listed) if is_this_machine(listed) && is_this_machine(host) => {
                differs(Difference::Loopback)
            }
            HostShape::Exact(listed) if is_inner_name(listed) && is_this_machine(host) => {
                differs(Difference::InnerName)
            }
            HostShape::Exact(listed)
                if is_this_machine(listed) && (is_private(host) || is_inner_name(host))
                    || is_private(listed) && (is_private(host) || is_this_machine(host)) =>
            {
                differs(Difference::OtherAddress)
            }
            HostShape::Exact(listed) if listed.strip_prefix("www.") == Some(host) => differs(Difference::Www),
            HostShape::Exact(listed) if host.strip_prefix("www.") == Some(listed) => differs(Difference::Www),
            HostShape::Exact(listed) if listed.strip_suffix('.') == Some(host) => differs(Difference::RootDot),
            HostShape::Exact(listed) if host.strip_suffix('.') == Some(listed) => differs(Difference::RootDot),
            HostShape::Exact(listed)
                if (below(host, listed) || below(listed, host))
                    && (site_of(listed) == site_of(host) || [listed, host].contains(&"localhost")) =>
            {
                differs(Difference::Subdomain)
            }
            HostShape::Exact(listed) if same_site(listed, host) && is_sibling(listed, host) => {
                differs(Difference::Host)
            }
            HostShape::Exact(listed) if is_almost(&self.host_in_unicode, &in_unicode(listed)) => {
                differs(Difference::Spelling)
            }
            HostShape::Exact(listed) if same_site(listed, host) => differs(Difference::Host),
            HostShape::Exact(listed) if is_deployment(listed, host) || is_deployment(host, listed) => {
                differs(Difference::Deployment)
            }
            HostShape::Below(base) if base == host => differs(Difference::Apex),
            HostShape::Below(base) if below(host, base) => Some(Relation::Same),
            HostShape::Below(base) if host.strip_suffix('.').is_some_and(|host| below(host, base)) => {
                differs(Difference::RootDot)
            }
            HostShape::Below(base) if same_site(base, host) => differs(Difference::Host),
            HostShape::Below(base)
                if self
                    .host_in_unicode
                    .split_once('.')
                    .is_some_and(|(_, above)| is_almost(above, &in_unicode(base))) =>
            {
                differs(Difference::Spelling)
            }
            HostShape::Exact(_) | HostShape::Below(_) => None,
            HostShape::InLabel { prefix, suffix, rest } => match host.split_once('.') {
                Some((label, parent)) if parent == rest => {
                    let star = label.strip_prefix(prefix).and_then(|label| label.strip_suffix(suffix));
                    let fits = star.is_some_and(|star| !star.is_empty() && !star.contains('_'));
                    if fits { Some(Relation::Same) } else { differs(Difference::WithinLabel) }
                }
                _ if below(host, rest) => differs(Difference::WithinLabel),
                _ if same_site(rest, host) => differs(Difference::Host),
                _ => None,
            },
        }
    }

    /// Origins that are nearly this one and that the list allows, found without reading it.
    fn relatives(&self, set: &OriginSet, authority: Option<&str>) -> Vec<String> {
        let Self { scheme, host, port, .. } = self;
        let other_scheme = if *scheme == "https" { "http" } else { "https" };
        let mut relatives = vec![format!("{other_scheme}://{host}{port}")];
        relatives.extend(COMMON_PORTS.iter().map(|port| format!("{scheme}://{host}{port}")));
        // A wildcard for what is below the host allows every depth there.
        let has_wildcard = set.contains(format!("{scheme}://a.b--c.{host}{port}").as_bytes());
        if has_wildcard {
            relatives.push(format!("{scheme}://*.{host}{port}"));
        } else if let Some(bare) = host.strip_prefix("www.") {
            relatives.push(format!("{scheme}://{bare}{port}"));
        } else {
            relatives.push(format!("{scheme}://www.{host}{port}"));
        }
        if let Some((_, parent)) = host.split_once('.') {
            relatives.push(format!("{scheme}://{parent}{port}"));
        }
        relatives.push(format!("capacitor://{host}"));
        relatives.push(match host.strip_suffix('.') {
            Some(bare) => format!("{scheme}://{bare}{port}"),
            None => format!("{scheme}://{host}.{port}"),
        });
        if is_this_machine(host) {
            relatives.extend(THIS_MACHINE.iter().map(|host| format!("{scheme}://{host}{port}")));
        }
        relatives.extend(
            WEB_VIEWS.iter().flat_map(|(members, _)| members.iter()).map(|(scheme, host)| format!("{scheme}://{host}")),
        );
        relatives.extend(authority.into_iter().flat_map(|it| [format!("https://{it}"), format!("http://{it}")]));
        relatives.retain(|origin| origin.contains('*') || set.contains(origin.as_bytes()));
        relatives
    }
}

enum Relation {
    Same,
    Differs(Difference),
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

const THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Names under which one server of this machine is reached; `0.0.0.0` is what such a server prints.
fn is_this_machine(host: &str) -> bool {
    THIS_MACHINE.contains(&host) || host == "0.0.0.0"
}

/// An address of a home, an office or an emulator: where a phone finds the machine of its developer.
pub(super) fn is_private(host: &str) -> bool {
    host.strip_suffix(".local").is_some()
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_private() || address.is_link_local())
}

/// A name without a dot, or one that ends like those: known to the machines of one network only.
fn is_inner_name(host: &str) -> bool {
    host != "localhost" && !host.starts_with('[') && (!host.contains('.') || host.ends_with(".internal"))
}

/// `shop-git-main.vercel.app` and `7--shop.netlify.app` are deployments of what has the short name, to judge by theirs.
/// Below a top-level domain such names are other people's.
fn is_deployment(listed: &str, host: &str) -> bool {
    let (Some((app, provider)), Some((label, rest))) = (listed.split_once('.'), host.split_once('.')) else {
        return false;
    };
    let more = label.strip_prefix(app).is_some_and(|more| more.starts_with('-'))
        || label.strip_suffix(app).is_some_and(|more| more.ends_with('-'));
    more && rest == provider && is_of_provider(provider)
}

const EXTENSIONS: &[&str] =
    &["chrome-extension", "moz-extension", "safari-web-extension", "ms-browser-extension", "vscode-webview"];

const CAPACITOR_HOST: &str = "a Capacitor application with a host name of its own sends \"capacitor://\" on iOS, and \
                              \"https://\" on Android, before it";

/// Scheme and host of one application's pages on different platforms, and what to say of them.
type WebView = (&'static [(&'static str, &'static str)], &'static str);

const WEB_VIEWS: &[WebView] = &[
    (
        &[("tauri", "localhost"), ("http", "tauri.localhost"), ("https", "tauri.localhost")],
        "a Tauri application sends \"tauri://localhost\" on macOS, iOS and Linux, and \"http://tauri.localhost\" on \
         Windows and Android (https with useHttpsScheme)",
    ),
    (
        &[
            ("capacitor", "localhost"),
            ("ionic", "localhost"),
            ("app", "localhost"),
            ("https", "localhost"),
            ("http", "localhost"),
        ],
        "a Capacitor or Cordova application sends \"capacitor://localhost\", \"ionic://localhost\" or \"app://localhost\" on \
         iOS, and \"https://localhost\" (\"http://localhost\" in older ones) on Android",
    ),
];

/// The entry is where the client found this server.
fn is_server(scheme: &str, host: &str, port: &str, authority: Option<&str>) -> bool {
    let Some(authority) = authority else { return false };
    let default = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return false,
    };
    let authority = authority.strip_suffix(default).unwrap_or(authority);
    authority.strip_prefix(host) == Some(port)
}

/// Another host of the same site, where the site is more than the host itself.
fn same_site(one: &str, other: &str) -> bool {
    let site = site_of(one);
    site.contains('.') && !site.starts_with('[') && !is_address(site) && site == site_of(other)
}

/// Two hosts of a site whose first labels are other words, however near: `api` and `app`, `pr-1` and `pr-2`.
fn is_sibling(one: &str, other: &str) -> bool {
    let label = |host: &str| host.split('.').next().unwrap_or_default().to_owned();
    let letters = |label: &str| label.chars().filter(|character| !character.is_ascii_digit()).collect::<String>();
    let (one, other) = (label(one), label(other));
    one != other && (one.len().min(other.len()) < 5 || letters(&one) == letters(&other))
}

fn is_address(host: &str) -> bool {
    host.rsplit('.').next().is_some_and(|label| label.parse::<u32>().is_ok())
}

#[cfg(feature = "idna")]
fn in_unicode(host: &str) -> Cow<'_, str> {
    if host.contains("xn--") { Cow::Owned(idna::domain_to_unicode(host).0) } else { Cow::Borrowed(host) }
}

#[cfg(not(feature = "idna"))]
fn in_unicode(host: &str) -> Cow<'_, str> {
    Cow::Borrowed(host)
}

/// At most [`MOST_EDITS`] edits apart (one for short hosts), or the same but for the top-level domain.
fn is_almost(one: &str, other: &str) -> bool {
    // One digit more or less makes another address, not another spelling.
    if is_address(one) || is_address(other) {
        return false;
    }
    let most = if one.len().min(other.len()) < 8 { 1 } else { MOST_EDITS };
    let registered =
        |host: &str| host.rsplit_once('.').filter(|(rest, _)| rest.len() >= 3).map(|(rest, _)| rest.to_owned());
    edits::are_within(most, one, other) || registered(one).is_some_and(|rest| Some(rest) == registered(other))
}
