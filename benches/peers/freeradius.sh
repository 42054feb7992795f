#!/usr/bin/env bash
# Accounting-Requests a second that FreeRADIUS and our gateway answer to the same sender in the
# same run.
#
#   benches/peers/freeradius.sh [SECONDS [RUNS]]
#
# FreeRADIUS writes every request with its detail module, as Debian configures it: a file that is
# never synced. Ours answers only what is synced, and keeps the presence of every subscriber. Each
# server has one processor (SERVER_CPU), the sender another (DRIVER_CPU). Where others are busy on
# the machine too, compare the CPU time of a request rather than the rates.
set -eu
cd "$(dirname "$0")/../.."
SERVER_CPU="${SERVER_CPU:-1}"
DRIVER_CPU="${DRIVER_CPU:-0}"
SOURCES="${SOURCES:-8}"
WINDOW="${WINDOW:-64}"
SUBSCRIBERS="${SUBSCRIBERS:-10000}"
seconds="${1:-5}"
runs="${2:-3}"
. benches/peers/common.sh
need freeradius

cargo build --quiet --release --bin pengate --example radius_load
target="${CARGO_TARGET_DIR:-target}/release"

freeradius_config() {
    mkdir -p "$work/raddb" "$work/detail"
    echo '$INCLUDE /usr/share/freeradius/dictionary' >"$work/raddb/dictionary"
    cat >"$work/raddb/radiusd.conf" <<END
name = radiusd
libdir = /usr/lib/freeradius
logdir = $work
run_dir = $work
max_request_time = 30
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no
log {
    destination = stdout
    auth = no
}
proxy_requests = no
thread pool {
    start_servers = 5
    max_servers = 32
    min_spare_servers = 3
    max_spare_servers = 10
    max_requests_per_server = 0
}
modules {
    detail {
        filename = $work/detail/%{%{Packet-Src-IP-Address}:-%{Packet-Src-IPv6-Address}}/detail-%Y%m%d
        escape_filenames = no
        permissions = 0600
        header = "%t"
    }
}
client sender {
    ipaddr = 127.0.0.0/8
    secret = testing123
}
server default {
    listen {
        type = acct
        ipaddr = 127.0.0.1
        port = $1
        limit {
        }
    }
    preacct {
    }
    accounting {
        detail
    }
}
END
}

# The subscribers that the sender sends for.
awk -v count="$SUBSCRIBERS" 'BEGIN {
    print "imsi,msisdn,uris"
    for (n = 1; n <= count; n++)
        printf "00101%010d,999%08d,sip:user%d@ims.example\n", n, n, n
}' >"$work/subscribers.csv"

# ticks PID: CPU time of a process with all its threads, in clock ticks.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

# measure RUN SERVER PORT: appends "rate us-per-request" to a file.
measure() {
    local before line used
    before=$(ticks "$server")
    line=$(taskset -c "$DRIVER_CPU" "$target/examples/radius_load" "127.0.0.1:$3" "$seconds" \
        "$SOURCES" "$WINDOW" "$SUBSCRIBERS")
    used=$(awk -v ticks="$(($(ticks "$server") - before))" -v hz="$(getconf CLK_TCK)" \
        -v answered="$(key answered "$line")" \
        'BEGIN { printf "%.2f", answered ? ticks / hz * 1e6 / answered : 0 }')
    echo "$(key rate "$line") $used" >>"$work/$2"
    printf '%-11s run %s: %8s requests/s %8s us CPU a request   %s\n' "$2" "$1" \
        "$(key rate "$line")" "$used" "$line"
}

for run in $(seq "$runs"); do
    acct=$(port)
    freeradius_config "$acct"
    start "freeradius.$run" taskset -c "$SERVER_CPU" freeradius -f -l stdout -d "$work/raddb" -n radiusd
    await "freeradius.$run" 'Ready to process requests'
    measure "$run" freeradius "$acct"
    stop "$server"

    acct=$(port)
    gateway "pengate.$run" "$acct" 0 "subscribers.file=$work/subscribers.csv"
    measure "$run" pengate "$acct"
    stop "$server"
done

# median SERVER COLUMN
median() {
    cut -d' ' -f"$2" "$work/$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
awk -v theirs="$(median freeradius 1)" -v ours="$(median pengate 1)" \
    -v their_cpu="$(median freeradius 2)" -v our_cpu="$(median pengate 2)" 'BEGIN {
        printf "median: freeradius %d, pengate %d answered requests/s: %.1f times\n",
            theirs, ours, ours / theirs
        printf "median: freeradius %.2f, pengate %.2f us of CPU a request: %.1f times less\n",
            their_cpu, our_cpu, their_cpu / our_cpu
    }'
