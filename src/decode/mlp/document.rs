//! Documents as lines: who speaks, what is asked or told, and every position apart.

use std::borrow::Cow;

use pengate_codecs::mlp::{
    Answer, Body, Document, Estimate, Header, Msid, Outcome, Position, PositionData, Request,
    ServingCell,
};

use super::{
    Detail, Line,
    area::{self, Area},
};

/// Tells a document under the names of its elements and attributes. Each position is an object
/// `pos`, whichever its element is, so that it is plain whose a result is.
pub(super) fn tell(line: &mut Line, document: &Document<'_>, detail: Detail) {
    line.text("ver", &document.version);
    if let Some(header) = &document.header {
        tell_header(line, header, detail);
    }
    if let Some(id) = document.request_id() {
        line.text("req_id", id);
    }
    if detail == Detail::Full {
        tell_report(line, &document.body);
    }
    if let Some(outcome) = document.outcome() {
        tell_outcome(line, outcome, detail);
    }
    if let Body::Request(request) = &document.body {
        tell_request(line, request, detail);
    }
    let mut object = Line::default();
    for position in document.positions() {
        tell_position(&mut object, position, detail);
        line.object("pos", &mut object);
    }
}

/// Who speaks, but neither password nor session: who knows one may ask.
fn tell_header(line: &mut Line, header: &Header<'_>, detail: Detail) {
    if let Some(client) = &header.client {
        line.text("client", &client.id);
    }
    if detail == Detail::Matter {
        return;
    }
    let client = header.client.as_ref();
    if let Some(service) = client.and_then(|client| client.service_id.as_ref()) {
        line.text("serviceid", service);
    }
    if header.session_id.is_some() {
        line.text("sessionid", "(hidden)");
    }
    if let Some(requestor) = &header.requestor {
        line.text("requestor", &requestor.id);
        line.text("requestor.type", &requestor.kind);
    }
}

fn tell_request(line: &mut Line, request: &Request<'_>, detail: Detail) {
    tell_msids(line, &request.msids);
    if detail == Detail::Matter {
        return;
    }
    if request.is_asynchronous {
        line.text("res_type", "ASYNC");
    }
    if let Some(url) = &request.push_url {
        line.text("pushaddr", &without_user(url));
    }
}

/// A URL without the name and password in it (RFC 3986 clause 3.2.1).
fn without_user(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://(hidden){}", &rest[at..]).into(),
        None => url.into(),
    }
}

/// What else an answer or a report says of the request that it belongs to.
fn tell_report(line: &mut Line, body: &Body<'_>) {
    let (reference, remaining, more) = match body {
        Body::Answer(Answer::Accepted { lcs_ref, .. }) => (lcs_ref, None, false),
        Body::Report(report) => (&report.lcs_ref, report.time_remaining, report.more),
        Body::Answer(_) | Body::Request(_) => return,
    };
    if let Some(reference) = reference {
        line.text("lcs_ref", reference);
    }
    if let Some(remaining) = remaining {
        line.number("time_remaining", remaining.as_secs());
    }
    if more {
        line.text("more", "YES");
    }
}

fn tell_outcome(line: &mut Line, outcome: &Outcome<'_>, detail: Detail) {
    line.number("resid", outcome.code.0.into());
    if let Some(words) = outcome.words.as_ref().filter(|_| detail == Detail::Full) {
        line.text("result", words);
    }
    if let Some(add_info) = &outcome.add_info {
        line.text("add_info", add_info);
    }
}

fn tell_msids(line: &mut Line, msids: &[Msid<'_>]) {
    for msid in msids {
        line.text(msid.kind.name(), &msid.value);
    }
}

fn tell_position(line: &mut Line, position: &Position<'_>, detail: Detail) {
    tell_msids(line, &position.msids);
    if detail == Detail::Full {
        if let Some(trigger) = position.trigger {
            line.text("trl_trigger", trigger.name());
        }
        if let Some(method) = position.method {
            line.text("pos_method", method.name());
        }
        if position.is_intermediate {
            line.text("result_type", "INTERMEDIATE");
        }
    }
    match &position.estimate {
        Estimate::Located(data) => tell_data(line, data, detail),
        Estimate::Failed(error) => {
            tell_outcome(line, &error.outcome, detail);
            if let Some(time) = error.time {
                line.display("time", time);
            }
        }
        Estimate::At(time) => line.display("time", time),
        Estimate::Unreadable(error) => line.fault(error.kind, Some(error.at)),
        Estimate::Absent => {}
    }
    if let Some(cell) = position.cell.filter(|_| detail == Detail::Full) {
        tell_cell(line, cell);
    }
}

fn tell_data(line: &mut Line, data: &PositionData, detail: Detail) {
    line.display("time", data.time);
    if let Some(shape) = &data.shape {
        line.text("shape", area::name(shape));
    }
    if detail == Detail::Matter {
        return;
    }
    if let Some(shape) = &data.shape {
        line.display("area", Area(shape));
    }
    let numbers = [
        ("alt", data.altitude.map(i64::from)),
        ("alt_unc", data.altitude_accuracy.map(i64::from)),
        ("speed", data.speed.map(i64::from)),
        ("direction", data.direction.map(i64::from)),
        ("lev_conf", data.level_of_confidence.map(i64::from)),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            line.integer(name, number);
        }
    }
    if data.quality_not_met {
        line.truth("qos_not_met", true);
    }
}

fn tell_cell(line: &mut Line, cell: ServingCell) {
    match cell {
        ServingCell::Cgi { plmn, lac, ci } => {
            line.display("cgi", format_args!("{plmn}-{lac}-{ci}"));
        }
        ServingCell::Sai { plmn, lac, sac } => {
            line.display("sai", format_args!("{plmn}-{lac}-{sac}"));
        }
        ServingCell::Ecgi { plmn, eci } => line.display("lte_ci", format_args!("{plmn}-{eci}")),
    }
}

#[cfg(test)]
mod tests {
    use pengate_codecs::mlp::{Limits, read};
    use serde_json::{Value, json};

    use super::*;

    fn told(document: &str, detail: Detail) -> Value {
        let mut line = Line::default();
        tell(
            &mut line,
            &read(document, &Limits::default()).unwrap(),
            detail,
        );
        serde_json::from_slice(line.finish()).unwrap()
    }

    #[test]
    fn the_members_of_a_position_stand_together() {
        let document = include_str!("../../../codecs/tests/data/mlp/slia-shapes.xml");
        let told = told(document, Detail::Full);
        let positions = told["pos"].as_array().unwrap();
        assert_eq!(positions.len(), 13);
        assert_eq!(
            positions[0],
            json!({
                "MSISDN": "99900000001", "pos_method": "A-GPS", "time": "2026-03-01T10:15:30Z",
                "shape": "Point", "area": "30.46258 45.43136", "alt": 1200, "alt_unc": 8,
                "speed": 23, "direction": 120,
            })
        );
        assert_eq!(
            positions[1],
            json!({
                "IMSI": "001010000000001", "pos_method": "OTDOA", "result_type": "INTERMEDIATE",
                "time": "2026-03-01T10:15:30Z", "shape": "CircularArea",
                "area": "30.46258 45.43136 570 m", "lev_conf": 100, "qos_not_met": true,
            })
        );
        assert_eq!(
            positions[12],
            json!({
                "MSISDN": "99900000008", "resid": 5, "result": "ABSENT SUBSCRIBER",
                "add_info": "detached & gone", "time": "2026-03-01T10:15:30Z",
            })
        );
    }

    #[test]
    fn every_field_of_a_report_is_told_when_all_are_wanted() {
        let report = include_str!("../../../codecs/tests/data/mlp/tlrep.xml");
        assert_eq!(
            told(report, Detail::Full),
            json!({
                "ver": "3.4.0", "req_id": "25293", "time_remaining": 20_700, "more": "YES",
                "pos": [
                    {
                        "MSISDN": "99900000001", "trl_trigger": "PERIODIC",
                        "time": "2026-03-01T10:15:30Z", "shape": "CircularArea",
                        "area": "30.46258 45.43136 800 m",
                    },
                    {
                        "MSISDN": "99900000002", "trl_trigger": "MS_AVAIL",
                        "time": "2026-03-01T10:15:30Z",
                    },
                ],
            })
        );
        assert_eq!(
            told(report, Detail::Matter)["pos"][0],
            json!({
                "MSISDN": "99900000001", "time": "2026-03-01T10:15:30Z", "shape": "CircularArea",
            })
        );
        let accepted = include_str!("../../../codecs/tests/data/mlp/tlra.xml");
        assert_eq!(
            told(accepted, Detail::Full),
            json!({"ver": "3.4.0", "req_id": "25293", "lcs_ref": "50"})
        );
    }

    #[test]
    fn whose_position_cannot_be_read_is_told() {
        let document = include_str!("../../../codecs/tests/data/mlp/slia-shapes.xml").replacen(
            "<alt>1200</alt>",
            "<alt>high</alt>",
            1,
        );
        let told = told(&document, Detail::Matter);
        let at = document.find("high").unwrap();
        assert_eq!(
            told["pos"][0],
            json!({
                "MSISDN": "99900000001", "fault": {"what": "not a number in range", "offset": at},
            })
        );
        assert_eq!(told["pos"][1].get("fault"), None);
    }

    #[test]
    fn neither_a_session_nor_a_password_is_told() {
        let request = "<svc_init ver='3.4.0'><hdr><sessionid>secret</sessionid>\
            <client><id>a</id><pwd>secret</pwd><serviceid>s</serviceid></client>\
            <requestor type='IMSI'><id>b</id></requestor></hdr>\
            <slir res_type='ASYNC'><msids><msid>1</msid></msids>\
            <pushaddr><url>http://u:secret@a/b@c</url><id>c</id><pwd>secret</pwd></pushaddr></slir></svc_init>";
        assert_eq!(
            told(request, Detail::Full),
            json!({
                "ver": "3.4.0", "client": "a", "serviceid": "s", "sessionid": "(hidden)",
                "requestor": "b", "requestor.type": "IMSI", "MSISDN": "1", "res_type": "ASYNC",
                "pushaddr": "http://(hidden)@a/b@c",
            })
        );
    }
}
