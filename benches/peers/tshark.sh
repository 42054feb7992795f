#!/usr/bin/env bash
# How many packets a second tshark and pengate read from the same file in the same run.
#
#   benches/peers/tshark.sh [CAPTURE]
#
# Without a capture, one of 200000 Accounting-Requests is made. tshark is given every advantage that
# leaves it the same work: no name resolution, no checksums, only the fields that matter.
set -eu
cd "$(dirname "$0")/../.."

if ! command -v tshark >/dev/null; then
    echo "skipped: tshark is not installed" >&2
    exit 0
fi
cargo build --quiet --release --bin pengate --example make_capture
target="${CARGO_TARGET_DIR:-target}/release"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

capture="${1:-}"
if [ -z "$capture" ]; then
    capture="$work/accounting.pcapng"
    "$target/examples/make_capture" "$capture"
fi

now() { date +%s.%N; }

# tool COMMAND...: seconds that a command takes; its output is thrown away.
seconds() {
    local begun
    begun=$(now)
    "$@" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
    echo "$(now) $begun" | awk '{ print $1 - $2 }'
}

fields=(-e frame.number -e radius.code -e radius.id -e radius.Acct_Status_Type
    -e radius.User_Name -e radius.Calling_Station_Id -e radius.Called_Station_Id
    -e radius.Acct_Session_Id -e radius.Framed-IP-Address -e sip.Method -e sip.Status-Code
    -e sip.Call-ID -e sip.from.addr -e sip.to.addr)

# The first reading brings the file into memory.
cat "$capture" >/dev/null
bench=$("$target/pengate" bench --json --time 2s "$capture")
tshark_fields=$(seconds tshark -n -r "$capture" -T fields "${fields[@]}")
tshark_count=$(seconds tshark -n -r "$capture" -q -z io,stat,0,radius)
decode=$(seconds "$target/pengate" decode "$capture")
bench2=$("$target/pengate" bench --json --time 2s "$capture")

frames=$(sed 's/.*"frames":\([0-9]*\).*/\1/' <<<"$bench")
# whole JSON: frames a second of the stage "whole".
whole() { sed 's/.*"stage":"whole"[^}]*"per_second":\([0-9.]*\).*/\1/' <<<"$1"; }

awk -v frames="$frames" -v fields="$tshark_fields" -v count="$tshark_count" \
    -v decode="$decode" -v first="$(whole "$bench")" -v second="$(whole "$bench2")" '
    function row(name, rate) { printf "%-46s%12.0f packets/s%9.1f x tshark\n", name, rate, rate / best }
    BEGIN {
        best = frames / (fields < count ? fields : count)
        printf "%d packets\n", frames
        row("tshark -T fields", frames / fields)
        row("tshark -q -z io,stat,0,radius", frames / count)
        row("pengate decode (all fields as JSON, process)", frames / decode)
        row("pengate bench, whole (lower of two)", first < second ? first : second)
    }'
