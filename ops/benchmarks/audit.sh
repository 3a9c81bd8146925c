# shellcheck shell=bash
# Sourced by ops/bench, whose functions and variables it uses.
# shellcheck disable=SC2034,SC2154
# The audit: what its trigger costs on an update of a link, and how fast one month out of ten million rows answers.
# Target on an idle machine: every question about a month under 300 ms. Takes some minutes and 6 GB of disk.
#
#   ops/bench audit [ROWS]     how many rows (default 10000000)

bench_audit() {
    local CALENDAR_SYNC_BIN="no program of ours"
    need_hub bench_audit
    machine
    psql -X -d bench_audit -v rows="${1:-10000000}" -f ops/benchmarks/audit.sql | tee "$work/audit"
    awk '/^one month.* milliseconds$/ { asked++; if ($(NF - 1) >= 300) missed = 1 } END { exit missed || !asked }' "$work/audit"
}
