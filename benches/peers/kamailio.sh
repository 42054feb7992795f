#!/usr/bin/env bash
# CPU time of an operation in Kamailio's presence server and in ours, by the same driver in the
# same run.
#
#   PRESBENCH=.../presbench benches/peers/kamailio.sh [SECONDS [RUNS]]
#
# Kamailio keeps everything in memory; ours answers only what is durable on disk. A: one watcher
# each of 1000 presentities, B: fifty each of a hundred, D: subscribing. The server has one
# processor (SERVER_CPU), the driver another (DRIVER_CPU). Figures are microseconds of the server's
# CPU time an operation, the median of the runs, for those hardly depend on who else is busy.
set -eu
cd "$(dirname "$0")/../.."
SERVER_CPU="${SERVER_CPU:-1}"
DRIVER_CPU="${DRIVER_CPU:-0}"
presbench="${PRESBENCH:-presbench}"
seconds="${1:-8}"
runs="${2:-3}"
. benches/peers/common.sh
need kamailio "$presbench"

cargo build --quiet --release --bin pengate
target="${CARGO_TARGET_DIR:-target}/release"

# Both validate what is published and keep it for an hour; no database, no log but errors.
kamailio_config() {
    cat >"$work/kamailio.cfg" <<END
debug=0
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:$1
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "rr.so"
loadmodule "textops.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
modparam("presence", "subs_db_mode", 0)
modparam("presence", "publ_cache", 2)
modparam("presence", "max_expires", 86400)
modparam("presence", "server_address", "sip:127.0.0.1:$1")
modparam("presence_xml", "force_active", 1)
modparam("presence_xml", "disable_presence", 0)
request_route {
    if (is_method("PUBLISH")) {
        if (t_newtran()) {
            handle_publish();
            t_release();
        }
        exit;
    }
    if (is_method("SUBSCRIBE")) {
        if (t_newtran()) {
            handle_subscribe();
            t_release();
        }
        exit;
    }
    sl_send_reply("405", "Method Not Allowed");
}
END
}

declare -A scenario=(
    [A]="--scenario modify --presentities 1000 --watchers 1 --window 64"
    [B]="--scenario modify --presentities 100 --watchers 50 --window 8"
    [D]="--scenario subscribe --presentities 1000 --watchers 10 --window 64"
)

# measure NAME SERVER SCENARIO PORT: appends one result to a file.
measure() {
    # shellcheck disable=SC2086
    taskset -c "$DRIVER_CPU" "$presbench" --target "127.0.0.1:$4" --pid "$server" \
        --domain ims.example --duration "$seconds" --pub-port "$(port)" --watch-port "$(port)" ${scenario[$3]} \
        >>"$work/$2.$3" 2>>"$work/driver.log" || true
    local line
    line=$(tail -1 "$work/$2.$3")
    if [ -z "$line" ]; then
        tail -5 "$work/driver.log" >&2
        exit 1
    fi
    printf '%-9s %s run %s: %8s us/op %8s op/s %9s NOTIFY/s  others %s %%\n' "$2" "$3" "$1" \
        "$(key cpu_us_per_op "$line")" "$(key rate "$line")" "$(key notify_rate "$line")" \
        "$(key others_cpu_pct "$line")"
}

# Each measurement has a server of its own, so that none pays for what an earlier one left.
for run in $(seq "$runs"); do
    for name in A B D; do
        sip=$(port)
        kamailio_config "$sip"
        start "kamailio.$name.$run" taskset -c "$SERVER_CPU" kamailio -DD -f "$work/kamailio.cfg" \
            -Y "$work" -m 512 -M 32
        sleep 2
        measure "$run" kamailio "$name" "$sip"
        stop "$server"

        sip=$(port)
        gateway "pengate.$name.$run" 0 "$sip"
        measure "$run" pengate "$name" "$sip"
        stop "$server"
    done
done

# median FILE: of the CPU times in it.
median() {
    while read -r line; do key cpu_us_per_op "$line"; echo; done <"$1" | grep . | sort -n |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

for name in A B D; do
    awk -v name="$name" -v theirs="$(median "$work/kamailio.$name")" \
        -v ours="$(median "$work/pengate.$name")" 'BEGIN {
            printf "%s: kamailio %.1f us, pengate %.1f us of CPU an operation: %.1f times less\n",
                name, theirs, ours, theirs / ours
        }'
done
