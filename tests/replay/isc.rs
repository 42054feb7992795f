//! What an S-CSCF tells over ISC.

use crate::{Made, scene::Scene};

/// The cases.
pub const CASES: &[Made] = &[
    (
        "pi/registered-refreshed-abroad-and-gone",
        "TS 24.229 clause 5.4.1.7",
        "Alice registers at home, refreshes from a visited network and leaves.",
        |scene| {
            scene.configure(HOME);
            register(scene, 1, 600, CELL);
            scene.wait(300);
            register(scene, 2, 600, "P-Visited-Network-ID: other.example\r\n");
            scene.wait(300);
            register(scene, 3, 0, "");
        },
    ),
    (
        "pi/registration-runs-out-without-a-word",
        "TS 24.229 clause 5.4.1.7",
        "Alice registers for a minute; nobody refreshes, and half a minute later it is over.",
        |scene| {
            register(scene, 1, 60, CELL);
            scene.wait(120);
            // Time goes on with what somebody else does.
            scene.sip(SCSCF, &text(2, 600, "").replace("alice", "bob"));
        },
    ),
    (
        "pi/user-agents-are-told-apart",
        "TS 24.229 clause 5.1.1.2",
        "A REGISTER of alice for herself is none of ours: answered 403, and no event.",
        |scene| {
            let own = text(1, 600, "")
                .replace("sip:scscf1.ims.example>;tag", "sip:alice@ims.example>;tag");
            scene.sip(SCSCF, &own);
            assert!(
                scene.response.starts_with("SIP/2.0 403 "),
                "{}",
                scene.response
            );
        },
    ),
];

const HOME: &str = "[pi]\nhome_networks = [\"ims.example\"]\n";

const SCSCF: &str = "127.0.0.3:6060";

const CELL: &str = "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010112340abcdef\r\n\
                    P-Visited-Network-ID: \"ims.example\"\r\n";

fn register(scene: &mut Scene, cseq: u32, expires: u32, more: &str) {
    scene.sip(SCSCF, &text(cseq, expires, more));
    assert!(
        scene.response.starts_with("SIP/2.0 200 "),
        "{}",
        scene.response
    );
}

fn text(cseq: u32, expires: u32, more: &str) -> String {
    format!(
        "REGISTER sip:pna.ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP {SCSCF};branch=z9hG4bK-{cseq}\r\n\
         Max-Forwards: 10\r\n\
         From: <sip:scscf1.ims.example>;tag={cseq}\r\n\
         To: <sip:alice@ims.example>\r\n\
         Call-ID: isc-{cseq}\r\n\
         CSeq: {cseq} REGISTER\r\n\
         Contact: <sip:scscf1.ims.example:6060>\r\n\
         Expires: {expires}\r\n\
         {more}\
         Content-Length: 0\r\n\r\n"
    )
}
