#!/usr/bin/env bash
# What a notification of an HSS costs to read: ours, the crate diameter and python-diameter on the same
# octets, one after the other on one core; of each the fastest run.
#
#   benches/peers/diameter.sh [SECONDS]
#
# Python's needs target/peers/venv (./tests/run peers).
set -eu
cd "$(dirname "$0")/../.."

seconds="${1:-5}"
message=fuzz/corpus/diameter/push-notification
python=target/peers/venv/bin/python
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/oracles"
bench=(cargo bench --quiet --locked --manifest-path oracles/Cargo.toml --bench diameter --)
"${bench[@]}" --list >/dev/null
samples=$(mktemp -d)
trap 'rm -rf "$samples"' EXIT
export CRITERION_HOME="$samples/criterion"

taskset -c 0 "${bench[@]}" --noplot --measurement-time "$seconds" '(pnr|sh)' >"$samples/said" 2>&1 ||
    { cat "$samples/said" >&2; exit 1; }

# fastest BENCH: nanoseconds of the fastest sample of a bench.
fastest() {
    # A sample is so many iterations and the time of all of them.
    awk 'BEGIN { RS = "\0" } {
        match($0, /"iters":\[[^]]*/); iterations = substr($0, RSTART + 9, RLENGTH - 9)
        match($0, /"times":\[[^]]*/); times = substr($0, RSTART + 9, RLENGTH - 9)
        count = split(iterations, i, ","); split(times, t, ",")
        for (n = 1; n <= count; n++) if (!best || t[n] / i[n] < best) best = t[n] / i[n]
        print best
    }' "$CRITERION_HOME/$1/new/sample.json"
}

ours=$(fastest diameter_decode/pengate/pnr)
crate=$(fastest diameter_decode/diameter/pnr)
document=$(fastest sh/sh-data)
events=$(fastest sh/quick-xml)
python_ns=0
if [ -x "$python" ]; then
    python_ns=$(taskset -c 0 "$python" - "$message" <<'END'
import sys
import timeit

from diameter.message import Message

octets = open(sys.argv[1], "rb").read()
runs = timeit.repeat(lambda: Message.from_bytes(octets), number=1000, repeat=20)
print(min(runs) / 1000 * 1e9)
END
    )
fi

awk -v ours="$ours" -v crate="$crate" -v python="$python_ns" -v document="$document" -v events="$events" '
    function row(name, ns, best) {
        if (ns > 0) printf "%-44s%12.1f ns%9.1f x ours\n", name, ns, ns / best
    }
    BEGIN {
        row("PNR, header and AVPs: pengate", ours, ours)
        row("PNR: crate diameter, every AVP", crate, ours)
        row("PNR: python-diameter, every AVP", python, ours)
        row("Sh-Data: pengate", document, document)
        row("Sh-Data: events of quick-xml and no more", events, document)
    }'
