# shellcheck shell=bash
# Sourced by ops/bench, whose functions and variables it uses.
# shellcheck disable=SC2034,SC2154
# What the sync costs on the wire, each measure beside its limit of the same run (ops/handbook/wire.md). About a quarter of an hour.
#
#   ops/bench wire                               every row
#   ops/bench wire --only requests,changes       only these; --help names them
#   ops/bench wire --employees 5 --termine 20    no office larger than this: a quick look
#   ops/bench wire --json FILE                   a line of JSON for each bar, too

bench_wire() {
    need_programs
    if [ -z "${cluster-}" ]; then
        need_postgres
        start_cluster
    fi
    need_venv .venv Tests/system/requirements.txt
    # The limits: a listener that does nothing but wake up, a program that does nothing but parse.
    need_build
    local libpq
    read -ra libpq < <(pkg-config --cflags --libs libpq)
    cc -O2 ops/benchmarks/wire_listen.c -o "$work/wire_listen" "${libpq[@]}" || return
    swiftc -O ops/benchmarks/wire_parse.swift -o "$work/wire_parse" || return
    machine
    # As on a server that people rely on.
    durable on
    SYSTEM_PASSWORD=$hub_password PYTHONPATH=Tests/system/support .venv/bin/python ops/benchmarks/wire_cost.py --work "$work" "$@"
}
