# shellcheck shell=bash
# Sourced by ops/bench, whose functions and variables it uses.
# shellcheck disable=SC2034,SC2154
# What the hub costs, in hubs of a thousand to a million links, analysed and never analysed, against its bars (ops/handbook/cost.md).
# Counted by the server, so that a busy machine changes little. About ten minutes and 8 GB of disk.
#
#   ops/bench hub                          every size, then offices of the simulator with the built program
#   ops/bench hub --sizes 1000,10000       only these sizes
#   ops/bench hub --only counters          no program (nothing is built), or: --only offices
#   ops/bench hub --json FILE              a line of JSON for each bar, too

bench_hub() {
    case " $* " in
    *" --only counters "*) local CALENDAR_SYNC_BIN="no program of ours" ;;
    *) need_programs ;;
    esac
    if [ -z "${cluster-}" ]; then
        need_postgres
        start_cluster
    fi
    need_venv .venv Tests/system/requirements.txt
    machine
    # No table is analysed behind our back, and no checkpoint falls into what is measured.
    local settings=("autovacuum = off" "checkpoint_timeout = '1h'" "max_wal_size = '4GB'") setting status=0
    for setting in "${settings[@]}"; do psql -X -q -c "ALTER SYSTEM SET $setting"; done
    durable off
    SYSTEM_PASSWORD=$hub_password SERVER_LOG=$cluster/server.log PYTHONPATH=Tests/system/support \
        .venv/bin/python ops/benchmarks/hub_cost.py --work "$work" "$@" || status=$?
    for setting in "${settings[@]}"; do psql -X -q -c "ALTER SYSTEM RESET ${setting%% *}"; done
    psql -X -q -c 'SELECT pg_reload_conf()' >/dev/null
    return "$status"
}
