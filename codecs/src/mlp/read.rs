//! Reading documents.

use std::{borrow::Cow, time::Duration};

use smallvec::SmallVec;

use super::{
    Answer, Body, Client, Document, Header, Limits, MlpError, MlpErrorKind, Msid, Outcome,
    Password, Position, Report, Request, Requestor, ResultCode, Service, ServiceKind,
    position::result,
    scanner::{Scanner, Tag},
    time,
};

/// Reads a document. Defaults of the document type are applied, since it is never fetched.
///
/// # Errors
/// What is wrong and where; but what spoils one position only is told in that position.
pub fn read<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, MlpError> {
    if text.len() > limits.octets_max {
        return Err(MlpErrorKind::TooLarge.at(limits.octets_max));
    }
    let mut scanner = Scanner::new(text, *limits);
    let root = scanner.root()?;
    let is_gem = root.name == "gem";
    if !is_gem && !matches!(root.name, "svc_init" | "svc_result") {
        return Err(MlpErrorKind::Root.at(root.at));
    }
    let version = version(&root)?;
    if is_gem {
        let body = body(&mut scanner, &root, Service::Gem)?;
        scanner.finish()?;
        return Ok(Document {
            version,
            header: None,
            service: Service::Gem,
            body,
        });
    }
    let (mut header, mut message) = (None, None);
    while let Some(tag) = scanner.child(&root)? {
        if tag.name == "hdr" {
            header = Some(read_header(&mut scanner, &tag)?);
            continue;
        }
        let service = Service::from_element(tag.name)
            .filter(|service| {
                let is_request = service.kind() == ServiceKind::Request;
                message.is_none() && is_request == (root.name == "svc_init")
            })
            .ok_or(MlpErrorKind::Service.at(tag.at))?;
        message = Some((service, body(&mut scanner, &tag, service)?));
    }
    scanner.finish()?;
    let (service, body) = message.ok_or(MlpErrorKind::Service.at(root.at))?;
    Ok(Document {
        version,
        header,
        service,
        body,
    })
}

/// Any version 3 will do.
fn version<'a>(root: &Tag<'a>) -> Result<Cow<'a, str>, MlpError> {
    match root.attribute("ver") {
        Some(version) if version.value.starts_with("3.") => Ok(version.value),
        Some(version) => Err(MlpErrorKind::Version.at(version.at)),
        None => Err(MlpErrorKind::MissingAttribute.at(root.at)),
    }
}

fn read_header<'a>(scanner: &mut Scanner<'a>, of: &Tag<'a>) -> Result<Header<'a>, MlpError> {
    let mut header = Header::default();
    while let Some(tag) = scanner.child(of)? {
        match tag.name {
            "client" => header.client = Some(read_client(scanner, &tag)?),
            "sessionid" => header.session_id = Some(scanner.text(&tag)?.value),
            "requestor" => {
                let kind = tag.attribute("type").map(|kind| kind.value);
                let client = read_client(scanner, &tag)?;
                header.requestor = Some(Requestor {
                    kind: kind.unwrap_or(Cow::Borrowed("MSISDN")),
                    id: client.id,
                });
            }
            _ => {}
        }
    }
    Ok(header)
}

fn read_client<'a>(scanner: &mut Scanner<'a>, of: &Tag<'a>) -> Result<Client<'a>, MlpError> {
    let mut client = Client::default();
    let mut has_id = false;
    while let Some(tag) = scanner.child(of)? {
        match tag.name {
            "id" => {
                client.id = scanner.text(&tag)?.value;
                has_id = true;
            }
            "pwd" => client.password = Some(Password(scanner.text(&tag)?.value)),
            "serviceid" => client.service_id = Some(scanner.text(&tag)?.value),
            _ => {}
        }
    }
    match has_id {
        true => Ok(client),
        false => Err(MlpErrorKind::MissingElement.at(of.at)),
    }
}

/// What stands in a message, whichever it is.
#[derive(Default)]
struct Parts<'a> {
    msids: SmallVec<[Msid<'a>; 1]>,
    positions: SmallVec<[Position<'a>; 1]>,
    request_id: Option<Cow<'a, str>>,
    lcs_ref: Option<Cow<'a, str>>,
    result: Option<(ResultCode, Option<Cow<'a, str>>)>,
    add_info: Option<Cow<'a, str>>,
    time_remaining: Option<Duration>,
    push_url: Option<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    fn read(&mut self, scanner: &mut Scanner<'a>, of: &Tag<'a>) -> Result<(), MlpError> {
        while let Some(tag) = scanner.child(of)? {
            match tag.name {
                "pos" | "trl_pos" | "eme_pos" => {
                    if self.positions.len() >= scanner.limits.positions_max {
                        return Err(MlpErrorKind::TooManyPositions.at(tag.at));
                    }
                    self.positions.push(Position::read(scanner, &tag)?);
                }
                // Wrappers of positions and of subscribers.
                "eme_event" => self.read_inside(scanner, &tag, "eme_pos")?,
                "msids" => self.read_inside(scanner, &tag, "msid")?,
                "msid" => {
                    if self.msids.len() >= scanner.limits.msids_max {
                        return Err(MlpErrorKind::TooManyMsids.at(tag.at));
                    }
                    self.msids.push(Msid::read(scanner, &tag)?);
                }
                "req_id" | "query_id" => self.request_id = Some(scanner.text(&tag)?.value),
                "lcs_ref" => self.lcs_ref = Some(scanner.text(&tag)?.value),
                "result" => self.result = Some(result(scanner, &tag)?),
                "add_info" => self.add_info = Some(scanner.text(&tag)?.value),
                "time_remaining" => {
                    let text = scanner.text(&tag)?;
                    let span = time::span(&text.value).ok_or(MlpErrorKind::Time.at(text.at))?;
                    self.time_remaining = Some(span);
                }
                "pushaddr" => {
                    while let Some(inner) = scanner.child(&tag)? {
                        if inner.name == "url" {
                            self.push_url = Some(scanner.text(&inner)?.value);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the children of that name of a wrapper, once.
    fn read_inside(
        &mut self,
        scanner: &mut Scanner<'a>,
        of: &Tag<'a>,
        name: &str,
    ) -> Result<(), MlpError> {
        while let Some(tag) = scanner.child(of)? {
            if tag.name != name {
                continue;
            }
            let (positions, msids) = (self.positions.len(), self.msids.len());
            if positions >= scanner.limits.positions_max {
                return Err(MlpErrorKind::TooManyPositions.at(tag.at));
            }
            if msids >= scanner.limits.msids_max {
                return Err(MlpErrorKind::TooManyMsids.at(tag.at));
            }
            match name {
                "msid" => self.msids.push(Msid::read(scanner, &tag)?),
                _ => self.positions.push(Position::read(scanner, &tag)?),
            }
        }
        Ok(())
    }

    fn outcome(&mut self) -> Option<Outcome<'a>> {
        let add_info = self.add_info.take();
        self.result.take().map(|(code, words)| Outcome {
            code,
            words,
            add_info,
        })
    }
}

fn body<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
    service: Service,
) -> Result<Body<'a>, MlpError> {
    let mut parts = Parts::default();
    parts.read(scanner, of)?;
    let missing = MlpErrorKind::MissingElement.at(of.at);
    Ok(match service.kind() {
        ServiceKind::Request => Body::Request(Request {
            msids: parts.msids,
            request_id: parts.request_id,
            is_asynchronous: of
                .attribute("res_type")
                .is_some_and(|kind| kind.value == "ASYNC"),
            push_url: parts.push_url,
        }),
        ServiceKind::Answer => Body::Answer(if let Some(outcome) = parts.outcome() {
            Answer::Refused(outcome)
        } else if let Some(request_id) = parts.request_id {
            Answer::Accepted {
                request_id,
                lcs_ref: parts.lcs_ref,
            }
        } else if parts.positions.is_empty() {
            return Err(missing);
        } else {
            Answer::Positions(parts.positions)
        }),
        ServiceKind::Report => {
            let outcome = parts.outcome();
            let reports_positions = !matches!(service, Service::Tlrpr | Service::Tlqrep);
            if reports_positions && parts.positions.is_empty() && outcome.is_none() {
                return Err(missing);
            }
            Body::Report(Report {
                request_id: parts.request_id,
                lcs_ref: parts.lcs_ref,
                positions: parts.positions,
                outcome,
                time_remaining: parts.time_remaining,
                more: ["more", "More"]
                    .iter()
                    .any(|name| of.attribute(name).is_some_and(|more| more.value == "YES")),
            })
        }
    })
}
