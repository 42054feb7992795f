//! What we send.

/// A request with a body.
#[derive(Clone, Copy, Debug)]
pub struct PostRequest<'a> {
    /// The host's name or address, with its port if that is not 80.
    pub host: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Of the body.
    pub content_type: &'a str,
    /// What it carries.
    pub body: &'a [u8],
}

impl PostRequest<'_> {
    /// Appends the request.
    pub fn write(&self, out: &mut Vec<u8>) {
        for part in [
            "POST ",
            self.target,
            " HTTP/1.1\r\nHost: ",
            self.host,
            "\r\nContent-Type: ",
            self.content_type,
            "\r\nContent-Length: ",
            itoa::Buffer::new().format(self.body.len()),
            "\r\n\r\n",
        ] {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(self.body);
    }
}

/// Appends an answer. `content_type` is told when there is a body.
pub fn write_answer(
    status: u16,
    content_type: &str,
    body: &[u8],
    is_kept: bool,
    out: &mut Vec<u8>,
) {
    let mut number = itoa::Buffer::new();
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(number.format(status).as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason(status).as_bytes());
    if status == 405 {
        out.extend_from_slice(b"\r\nAllow: POST");
    }
    if !body.is_empty() {
        out.extend_from_slice(b"\r\nContent-Type: ");
        out.extend_from_slice(content_type.as_bytes());
    }
    if !is_kept {
        out.extend_from_slice(b"\r\nConnection: close");
    }
    out.extend_from_slice(b"\r\nContent-Length: ");
    out.extend_from_slice(number.format(body.len()).as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body);
}

/// The words that stand for a status (RFC 9110 clause 15).
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
