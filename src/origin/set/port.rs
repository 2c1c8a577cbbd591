//! The port of an origin, for patterns that leave it open and for the length of a host.

/// What stands before the port, and the port: a last colon with nothing but digits behind it, if there is one.
pub(super) fn split(origin: &[u8]) -> (&[u8], &[u8]) {
    let digits = origin.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let end = match origin.split_at_checked(origin.len() - digits) {
        Some(([start @ .., b':'], _)) => start.len(),
        _ => origin.len(),
    };
    origin.split_at(end)
}

/// The origin without its port, if `:*` allows that: none, or any but the default one, written as browsers do.
pub(super) fn without_any(origin: &[u8]) -> Option<&[u8]> {
    let (start, port) = split(origin);
    let allowed = match port {
        [] => true,
        b":443" => !start.starts_with(b"https://"),
        b":80" => !start.starts_with(b"http://"),
        [_, digits @ ..] => is_number(digits),
    };
    allowed.then_some(start)
}

/// 1 to 65535 without leading zeros.
fn is_number(digits: &[u8]) -> bool {
    match digits {
        [b'1'..=b'9', more @ ..] if more.len() < 4 => true,
        [b'1'..=b'9', _, _, _, _] => digits <= b"65535".as_slice(),
        _ => false,
    }
}
