//! A SIP message as the tests read it.

/// A message taken apart; header names are as they were written.
#[derive(Clone, Debug)]
pub struct Message {
    /// The first line.
    pub start: String,
    headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: String,
}

impl Message {
    /// Reads one message from the front of `octets`; gives its length too. `None` when there is not
    /// yet a whole one.
    pub fn read(octets: &[u8]) -> Option<(Self, usize)> {
        let blank = octets.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&octets[..blank]).unwrap();
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap().to_owned();
        let split = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.trim().to_owned(), value.trim().to_owned())
        };
        let mut message = Self {
            start,
            headers: lines.map(split).collect(),
            body: String::new(),
        };
        let length: usize = message
            .header("Content-Length")
            .map_or(0, |length| length.parse().unwrap());
        let end = blank + 4 + length;
        let body = octets.get(blank + 4..end)?;
        message.body = String::from_utf8(body.to_vec()).unwrap();
        Some((message, end))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All headers of this name as they were written, a line each.
    pub fn lines(&self, name: &str) -> String {
        let headers = self.headers.iter();
        let named = headers.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect()
    }

    /// The status of a response.
    pub fn status(&self) -> Option<u16> {
        let rest = self.start.strip_prefix("SIP/2.0 ")?;
        rest.split(' ').next()?.parse().ok()
    }

    /// The method of a request.
    pub fn method(&self) -> Option<&str> {
        let (method, rest) = self.start.split_once(' ')?;
        rest.ends_with(" SIP/2.0").then_some(method)
    }

    /// The number in CSeq.
    pub fn cseq(&self) -> u32 {
        let cseq = self.header("CSeq").unwrap();
        cseq.split(' ').next().unwrap().parse().unwrap()
    }

    /// The tag parameter of From or To.
    pub fn tag(&self, name: &str) -> Option<&str> {
        let (_, after) = self.header(name)?.split_once(";tag=")?;
        after.split(';').next()
    }
}
