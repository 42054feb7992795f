//! The configuration that an operator sees: defaults, refusals, and the words for both.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use pengate::config::{Config, EMBEDDED, Setting};
use pengate::options::Network;
use toml::{Table, Value};

/// Every configuration file of the repository, by name.
fn examples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/examples");
    let examples = fs::read_dir(&folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            text,
        )
    });
    let embedded = ("pengate.toml".to_owned(), EMBEDDED.config.to_owned());
    let all: Vec<_> = std::iter::once(embedded).chain(examples).collect();
    assert!(all.len() > 1, "no example is found");
    all
}

/// What is said about a configuration, a line a problem.
fn problems(text: &str) -> Vec<String> {
    let problems = Config::parse(text).expect_err("the configuration is refused");
    problems.0.iter().map(ToString::to_string).collect()
}

fn set(settings: &[&str]) -> Result<Config, Vec<String>> {
    let settings: Vec<Setting> = settings.iter().map(|text| text.parse().unwrap()).collect();
    Config::parse_with("", &settings)
        .map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
}

#[test]
fn the_default_file_says_the_defaults() {
    assert_eq!(Config::parse(EMBEDDED.config), Ok(Config::default()));
    assert_eq!(Config::parse(""), Ok(Config::default()));
}

#[test]
fn the_default_file_shows_every_key() {
    fn keys(path: &str, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Table(entries) => entries.iter().for_each(|(key, value)| {
                keys(&format!("{path}.{key}"), value, found);
            }),
            Value::Array(items) if items.iter().any(Value::is_table) => {
                items
                    .iter()
                    .for_each(|item| keys(&format!("{path}[]"), item, found));
            }
            _ => {
                found.insert(path.to_owned());
            }
        }
    }
    let (mut shown, mut known) = (BTreeSet::new(), BTreeSet::new());
    let file: Value = EMBEDDED.config.parse::<Table>().unwrap().into();
    keys("", &file, &mut shown);
    keys("", &Value::try_from(Config::default()).unwrap(), &mut known);
    assert_eq!(shown, known);
}

#[test]
fn every_example_is_accepted() {
    for (name, text) in examples() {
        if let Err(problems) = Config::parse(&text) {
            panic!("{name}:\n{problems}");
        }
    }
}

#[test]
fn the_examples_of_diameter_have_peers_and_both_ways_to_connect() {
    let parsed = |name: &str| {
        let all = examples();
        let (_, text) = all.iter().find(|(found, _)| found == name).unwrap();
        Config::parse(text).unwrap()
    };
    let (ph, pr, pp) = (parsed("ph.toml"), parsed("pr.toml"), parsed("pp.toml"));
    for (options, listens, connects) in [
        (&ph.ph.diameter, true, true),
        (&pr.pr.diameter, true, false),
        (&pp.pp.diameter, false, true),
    ] {
        assert_eq!(!options.listen.is_empty(), listens, "{options:?}");
        let addresses = options.peers.iter().map(|peer| peer.address.is_some());
        assert!(!options.peers.is_empty() && addresses.clone().all(|told| told == connects));
        assert!(options.host.ends_with(".ims.example"), "{options:?}");
    }
    assert_eq!(
        (pr.radius.listen_pr.len(), pp.radius.listen_pp.len()),
        (1, 1)
    );
}

#[test]
fn a_stray_key_in_any_table_of_any_example_is_refused() {
    /// Every table below `value`, each as a copy of `top` with a stray key in it.
    fn strays(value: &mut Value, top: &mut dyn FnMut(&mut Value)) {
        match value {
            Value::Table(_) => {
                top(value);
                let keys: Vec<String> = value.as_table().unwrap().keys().cloned().collect();
                for key in keys {
                    strays(value.get_mut(key.as_str()).unwrap(), top);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strays(item, top)),
            _ => {}
        }
    }
    for (name, text) in examples() {
        let mut tables = 0;
        let mut tree: Value = text.parse::<Table>().unwrap().into();
        strays(&mut tree, &mut |_| tables += 1);
        for chosen in 0..tables {
            let mut tree: Value = text.parse::<Table>().unwrap().into();
            let mut at = 0;
            strays(&mut tree, &mut |table| {
                if at == chosen {
                    table
                        .as_table_mut()
                        .unwrap()
                        .insert("stray".to_owned(), true.into());
                }
                at += 1;
            });
            let found = problems(&toml::to_string(&tree).unwrap());
            assert_eq!(found.len(), 1, "{name}, table {chosen}: {found:?}");
            assert!(
                found[0].contains("`stray` is no such key"),
                "{name}: {found:?}"
            );
        }
        assert!(tables > 1, "{name} has no table");
    }
}

#[test]
fn all_problems_are_told_at_once_with_line_and_key() {
    let text = r#"[radius]
lisen = ["127.0.0.1:1813"]

[[radius.clients]]
network = "10.0.0.0/33"
secret = 3

[[radius.clients]]
network = "10.0.0.0/8"

[sip]
listen = ["127.0.0.1"]
domains = []

[admin]
timeout = 5
waiting_max = 0

[pen]
partitions = 65536

[log]
format = "jsn"
"#;
    assert_eq!(
        problems(text),
        [
            "line 2: radius.lisen: `lisen` is no such key; did you mean `listen`? (allowed: \
             listen, listen_pr, listen_pp, clients)",
            "line 5: radius.clients[0].network: \"10.0.0.0/33\": the prefix length is not allowed; \
             it is 0 to 32 for IPv4 and 0 to 128 for IPv6",
            "line 6: radius.clients[0].secret: integer `3`: a text in quotes is allowed",
            "line 8: radius.clients[1].secret: missing; `secret` or `secret_file` is needed",
            "line 12: sip.listen[0]: not an address; an IP address with a port is allowed, such \
             as 127.0.0.1:5060 or [::1]:5060",
            "line 13: sip.domains: empty; without a domain there is no presentity",
            "line 16: admin.timeout: integer `5`: a text in quotes is allowed",
            "line 17: admin.waiting_max: zero; a limit is at least 1",
            "line 20: pen.partitions: integer `65536`: a whole number from 0 to 65535 is allowed",
            "line 23: log.format: `jsn` is not allowed; did you mean `json`? (allowed: text, json)",
        ]
    );
}

#[test]
fn a_refused_item_does_not_move_the_places_of_those_behind_it() {
    let text = "[sip]\ndomains = [1, \"ims.example\", \"-\"]\n";
    assert_eq!(
        problems(text),
        [
            "line 2: sip.domains[0]: integer `1`: a text in quotes is allowed",
            "line 2: sip.domains[2]: \"-\" is no domain name; such as \"ims.example\" is allowed",
        ]
    );
}

#[test]
fn two_listeners_on_one_address_are_refused() {
    let text = "[admin]\nlisten = \"127.0.0.1:5060\"\n[radius]\nlisten = [\"0.0.0.0:5060\"]\n";
    assert_eq!(
        problems(text),
        [
            "line 2: admin.listen: 127.0.0.1:5060 is taken by `sip.listen[0]` already (TCP)",
            "sip.listen[0]: 127.0.0.1:5060 is taken by `radius.listen[0]` already (UDP)",
        ]
    );
    let text = "[ss7]\nlisten = [\"127.0.0.1:5060\", \"127.0.0.1:2905\", \"0.0.0.0:2905\"]\n\
                [pl]\nlisten = [\"127.0.0.1:9210\", \"127.0.0.1:8080\"]\n\
                [ph.diameter]\nlisten = [\"127.0.0.1:3868\", \"127.0.0.1:5060\"]\n\
                [pr.diameter]\nlisten = [\"[::]:3868\", \"0.0.0.0:3868\"]\n\
                [pp.diameter]\nlisten = [\"127.0.0.1:9210\", \"127.0.0.1:1813\"]\n";
    assert_eq!(
        problems(text),
        [
            "line 2: ss7.listen[2]: 0.0.0.0:2905 is taken by `ss7.listen[1]` already (SCTP)",
            "line 4: pl.listen[0]: 127.0.0.1:9210 is taken by `pp.diameter.listen[0]` already (TCP)",
            "line 4: pl.listen[1]: 127.0.0.1:8080 is taken by `admin.listen` already (TCP)",
            "line 6: ph.diameter.listen[1]: 127.0.0.1:5060 is taken by `sip.listen[0]` already (TCP)",
            "line 8: pr.diameter.listen[1]: 0.0.0.0:3868 is taken by `ph.diameter.listen[0]` already \
             (TCP)",
        ]
    );
    let free = "[admin]\nlisten = \"127.0.0.1:0\"\n[sip]\nlisten = [\"127.0.0.1:0\"]\n";
    assert!(Config::parse(free).is_ok(), "port 0 never collides");
}

#[test]
fn beyond_loopback_the_key_that_everybody_knows_is_refused() {
    let known = |listener: &str, address: &str| {
        format!(
            "server.compose.device_key: \"pengate\" is known to everybody; a text of your own is \
             needed where `{listener}` is {address}, not loopback"
        )
    };
    let listening = |text: &str| format!("[sip]\nlisten = [{text}]\n");
    for address in [
        "0.0.0.0:5060",
        "192.0.2.1:0",
        "[::]:5060",
        "[2001:db8::1]:5060",
    ] {
        let text = listening(&format!("\"127.0.0.1:5061\", \"{address}\""));
        assert_eq!(problems(&text), [known("sip.listen[1]", address)]);
        let own = text + "\n[server.compose]\ndevice_key = \"my own\"\n";
        assert!(Config::parse(&own).is_ok(), "{address}");
    }
    let admin =
        "[admin]\nlisten = \"192.0.2.1:8080\"\n[server.compose]\ndevice_key = \"pengate\"\n";
    let told = format!("line 4: {}", known("admin.listen", "192.0.2.1:8080"));
    assert_eq!(problems(admin), [told]);
    let loopback =
        "\"127.0.0.1:5060\", \"127.9.9.9:5060\", \"[::1]:5060\", \"[::ffff:127.0.0.1]:5061\"";
    assert!(Config::parse(&listening(loopback)).is_ok());
    assert_eq!(
        problems("[server.compose]\ndevice_key = \"\"\n"),
        ["line 2: server.compose.device_key: empty; a text of your own is needed"]
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_line_and_the_rest_is_checked_too() {
    let found = problems("[pen]\npartitions = 0\n\n[log]\nlevel = = \"info\"\n");
    assert_eq!(
        found[0],
        "line 2: pen.partitions: zero; 1 to 65535 are allowed"
    );
    assert!(found[1].starts_with("line 5: not TOML: "), "{found:?}");
}

#[test]
fn settings_win_over_the_file_and_the_last_one_over_the_first() {
    let config = set(&[
        "sip.listen=127.0.0.1:1",
        "sip.listen=[\"127.0.0.1:5070\", \"[::1]:0\"]",
        "data.folder=data-2",
        "pen.partitions=16",
        "radius.listen=[::1]:0",
        "sip.trusted=10.0.0.0/8",
        "log.format = \"json\"",
    ])
    .unwrap();
    assert_eq!(config.sip.listen.len(), 2);
    assert_eq!(config.sip.listen[0].port(), 5070);
    assert_eq!(config.data.folder, PathBuf::from("data-2"));
    assert_eq!(config.pen.partitions, 16);
    assert_eq!(config.radius.listen, ["[::1]:0".parse().unwrap()]);
    assert_eq!(
        config.sip.trusted,
        ["10.0.0.0/8".parse::<Network>().unwrap()]
    );

    let settings = ["radius.clients.1.secret=other".parse().unwrap()];
    let config = Config::parse_with(EMBEDDED.config, &settings).unwrap();
    let secrets = config
        .radius
        .clients
        .iter()
        .map(|client| client.secret.clone().unwrap());
    let secrets: Vec<_> = secrets.map(|secret| secret.as_bytes().to_vec()).collect();
    assert_eq!(secrets, [b"testing123".to_vec(), b"other".to_vec()]);
}

#[test]
fn a_setting_that_is_wrong_is_told_like_a_line_that_is_wrong() {
    let settings = [
        "radius.lisen=x",
        "pen.partitions=many",
        "radius.clients.7.secret=x",
        "radius.clients.0.secret=x",
        "admin..listen=x",
        "log.level=info",
        "log.level.x=1",
        "log.format={ x = 1 }",
    ];
    assert_eq!(
        set(&settings).unwrap_err(),
        [
            "--set: radius.clients.7.secret: `radius.clients` is a list of 2: a number below that \
             is allowed, not `7`",
            "--set: admin..listen: a key between dots is empty",
            "--set: log.level.x: `log.level` is no table",
            "--set: log.format.x: `x` is not allowed (allowed: text, json)",
            "--set: pen.partitions: string \"many\": a whole number from 0 to 65535 is allowed",
            "--set: radius.lisen: `lisen` is no such key; did you mean `listen`? (allowed: listen, \
             listen_pr, listen_pp, clients)",
        ]
    );
}

#[test]
fn a_secret_is_not_printed() {
    let printed = format!("{:?}", Config::default());
    assert!(
        printed.contains("Secret(~)") && !printed.contains("testing123"),
        "{printed}"
    );
}

#[test]
fn what_makes_no_sense_together_is_refused() {
    let text = "[sip.transport.timers]\nt1 = \"5s\"\nt4 = \"0s\"\n\n[server.subscription_expires]\n\
                min = \"2h\"\n\n[pen.log]\nlinger = \"2s\"\nsegment_bytes = 100\n\n[pk]\n\
                interim_interval = \"0s\"\n";
    assert_eq!(
        problems(text),
        [
            "line 2: sip.transport.timers.t1: longer than t2",
            "line 3: sip.transport.timers.t4: zero; a time is needed",
            "line 5: server.subscription_expires: min, default and max must rise",
            "line 9: pen.log.linger: longer than 1s",
            "line 10: pen.log.segment_bytes: too small; 65536 or more is allowed",
            "line 13: pk.interim_interval: zero; a time is needed",
        ]
    );
}

#[test]
fn a_signalling_node_that_cannot_work_is_refused() {
    let text = "[ss7]\nobserve = true\nlisten = [\"127.0.0.1:2905\"]\n\n[ss7.sccp]\n\
                subsystems = []\nhop_counter = 16\n\n[ss7.ati]\nenabled = true\nhlr = \"+999\"\n\
                point_code = 20000\ndestination = 1001\ncs = false\nps = false\n\n[[ss7.links]]\nname = \"stp\"\n\
                address = \"127.0.0.1:0\"\n\n[[ss7.links]]\nname = \"stp\"\n";
    assert_eq!(
        problems(text),
        [
            "line 2: ss7.observe: true where `ss7.listen` lets strangers connect; it is for captures",
            "line 5: ss7.sccp.global_title: empty; the HLR is told who asks (`ss7.ati.enabled`)",
            "line 6: ss7.sccp.subsystems: empty; nothing would be for us",
            "line 7: ss7.sccp.hop_counter: 1 to 15 are allowed",
            "line 10: ss7.ati.enabled: true, and neither `cs` nor `ps` is",
            "line 11: ss7.ati.hlr: \"+999\" is no number; 1 to 15 digits without \"+\" are allowed",
            "line 12: ss7.ati.point_code: 20000; 1 to 16383 are allowed",
            "line 19: ss7.links[0].address: port 0; the peer's port is needed",
            "line 22: ss7.links[1].name: \"stp\" is given twice",
        ]
    );
    let text = "[ss7.sccp]\nglobal_title = \"+999\"\n\n[[ss7.links]]\naddress = \"127.0.0.1:0\"\n\
                m3ua = { role = \"ipsp-server\", ack_timeout = \"0s\" }\ndestinations = [1, 16383, 16384]\n";
    assert_eq!(
        problems(text),
        [
            "line 2: ss7.sccp.global_title: \"+999\" is no number; 1 to 15 digits without \"+\" are \
             allowed",
            "line 6: ss7.links[0].m3ua.role: \"ipsp-server\" waits for a peer, and `ss7.listen` is empty",
            "line 6: ss7.links[0].m3ua.ack_timeout: zero; a time is needed",
            "line 7: ss7.links[0].destinations[2]: 16384; 1 to 16383 are allowed",
        ]
    );
}

#[test]
fn dialogues_that_end_before_their_user_is_done_are_refused() {
    let text = "[ss7]\ninvokes_max = 127\n\n[ss7.cap]\ndeadline = \"2s\"\n\
                activity_interval = \"1h\"\n\n[ss7.tcap]\nanswer_timeout = \"2s\"\nidle_timeout = \"1h\"\n";
    assert_eq!(
        problems(text),
        [
            "line 2: ss7.invokes_max: 127; 1 to 126 are allowed",
            "line 5: ss7.cap.deadline: not shorter than `ss7.tcap.answer_timeout`, after which the \
             dialogue is aborted",
            "line 6: ss7.cap.activity_interval: not shorter than `ss7.tcap.idle_timeout`, after which \
             the dialogue is aborted",
        ]
    );
    let text = "[ss7]\ninvokes_max = 126\n\n[ss7.cap]\ndeadline = \"1999ms\"\n\
                activity_interval = \"59m\"\n\n[ss7.tcap]\nanswer_timeout = \"2s\"\nidle_timeout = \"1h\"\n";
    assert!(Config::parse(text).is_ok());
    let text = "[ss7.cap]\nmonitor = false\n\n[ss7.tcap]\nidle_timeout = \"10m\"\n";
    assert!(Config::parse(text).is_ok(), "no call is asked after");
}

#[test]
fn a_location_server_that_pushes_by_name_has_a_password() {
    let server = |push: &str| format!("[[pl.servers]]\n[[pl.servers]]\nname = \"b\"\n{push}");
    assert_eq!(
        problems(&server("push_client = \"gmlc1\"\n")),
        [
            "line 2: pl.servers[1].push_password: empty; whoever pushes as \"gmlc1\" needs one \
             (`push_client`)"
        ]
    );
    let both = server("push_client = \"gmlc1\"\npush_password = \"secret\"\n");
    assert!(Config::parse(&both).is_ok());
    assert!(Config::parse(&server("")).is_ok(), "known by its address");
}

#[test]
fn two_elements_of_one_name_in_a_room_are_refused() {
    let server = "[[pl.servers]]\naddress = \"127.0.0.1:9210\"\n";
    assert_eq!(
        problems(&server.repeat(2)),
        ["line 3: pl.servers[1].name: \"gmlc\" is given twice"]
    );
    let peer = |room: &str, host: &str| format!("[[{room}.diameter.peers]]\nhost = \"{host}\"\n");
    let hosts = ["a.example", "b.example", "A.example"];
    for room in ["ph", "pp", "pr"] {
        let text: String = hosts.iter().map(|host| peer(room, host)).collect();
        let told = format!("line 6: {room}.diameter.peers[2].host: \"A.example\" is given twice");
        assert_eq!(problems(&text), [told]);
    }
    let rooms = ["ph", "pp", "pr"].map(|room| peer(room, "a.example"));
    assert!(Config::parse(&rooms.concat()).is_ok(), "one in each room");
}
