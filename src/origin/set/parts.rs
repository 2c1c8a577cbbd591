//! An origin, taken apart as far as wildcards need it.

const MAX_HOST: usize = 253;

/// `scheme://host[:port]`, where nothing but the three separators is known to be right.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) whole: &'a [u8],
    /// The scheme and `://`.
    pub(super) head: &'a [u8],
    pub(super) host: &'a [u8],
    /// A colon and digits, or empty.
    pub(super) port: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn of(whole: &'a [u8]) -> Option<Self> {
        let scheme = if whole.starts_with(b"https:") { 5 } else { whole.iter().position(|&byte| byte == b':')? };
        let name = whole.get(scheme..)?.strip_prefix(b"://")?;
        let head = whole.get(..whole.len() - name.len())?;
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let host = match name.split_at_checked(name.len() - digits)? {
            ([host @ .., b':'], [_, ..]) => host,
            _ => name,
        };
        Some(Self { whole, head, host, port: name.get(host.len()..)? })
    }

    /// Without the port, if the pattern `:*` allows it: none, or any but the default one, as browsers write it.
    pub(super) fn without_any_port(self) -> Option<Self> {
        let allowed = match (self.head, self.port) {
            (b"https://", b":443") | (b"http://", b":80") => false,
            (_, []) => true,
            (_, [b':', digits @ ..]) => is_port(digits),
            _ => false,
        };
        let whole = self.whole.get(..self.head.len() + self.host.len())?;
        allowed.then_some(Self { whole, port: b"", ..self })
    }

    pub(super) fn host_and_port(self) -> &'a [u8] {
        self.whole.get(self.head.len()..).unwrap_or_default()
    }

    /// Whether a host name may be that long; a root dot does not count.
    pub(super) fn has_host_length(self) -> bool {
        self.host.len() <= MAX_HOST + usize::from(self.host.ends_with(b"."))
    }

    /// Whether the host is one of an application's scheme.
    pub(super) fn has_opaque_host(self) -> bool {
        (1..=MAX_HOST).contains(&self.host.len())
            && self.host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    }
}

/// 1 to 65535 without leading zeros.
fn is_port(digits: &[u8]) -> bool {
    match digits {
        [b'1'..=b'9', more @ ..] if more.len() < 4 => true,
        [b'1'..=b'9', _, _, _, _] => digits <= b"65535".as_slice(),
        _ => false,
    }
}
