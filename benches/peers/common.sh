# What the comparisons with other servers share; read by them, not run.
# shellcheck shell=bash

work=$(mktemp -d "${TMPDIR:-/tmp}/peers.XXXXXX")
started=()

# Ends only what was started here.
finish() {
    local pid
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

# need PROGRAM...: without one of them there is nothing to compare with.
need() {
    local program
    for program in "$@"; do
        if ! command -v "$program" >/dev/null; then
            echo "skipped: $program is not installed" >&2
            exit 0
        fi
    done
}

# A port that is likely free: below those that the system gives away.
port() { echo $((20000 + RANDOM % 12000)); }

# start LOG COMMAND...: runs a server in the background and leaves its process id in $server.
start() {
    local log="$work/$1"
    shift
    "$@" >"$log" 2>&1 &
    server=$!
    started+=("$server")
}

# stop PID: ends one server before the next measurement.
stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# await LOG PATTERN: waits until a server says that it is ready.
await() {
    local tries
    for tries in $(seq 300); do
        if grep -q "$2" "$work/$1"; then
            return
        fi
        if ! kill -0 "$server" 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    echo "the server did not start (waited $tries times for '$2'):" >&2
    tail -20 "$work/$1" >&2
    exit 1
}

# key NAME JSON: the number of that name; the first when there are several.
key() { grep -o "\"$1\":[0-9.]*" <<<"$2" | head -1 | cut -d: -f2; }

# gateway LOG RADIUS SIP [SETTING...]: starts ours, durable, with a data folder of its own.
gateway() {
    local log="$1" settings=() setting
    shift
    settings+=(--set "radius.listen=[\"127.0.0.1:$1\"]" --set "sip.listen=[\"127.0.0.1:$2\"]")
    shift 2
    for setting in "$@"; do settings+=(--set "$setting"); done
    start "$log" taskset -c "$SERVER_CPU" "$target/pengate" run "${settings[@]}" \
        --set admin.listen=127.0.0.1:0 --set "data.folder=$work/data.$log"
    await "$log" 'Ready'
}
