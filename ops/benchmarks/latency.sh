# shellcheck shell=bash
# From INSERT INTO sync.request to the first remote request. Target on an idle machine: p50 < 3 ms, p99 < 12 ms.
#
#   ops/bench latency [REQUESTS]     how many requests are measured (default 300)

bench_latency() {
    need_programs
    need_hub bench_latency
    need_venv .venv Tests/system/requirements.txt
    machine
    local status=0
    local commits employees
    for commits in on off; do
        durable "$commits"
        for employees in all one; do
            HUB_PASSWORD=${hub_password:?} .venv/bin/python ops/benchmarks/latency.py --database bench_latency --requests "${1:-300}" \
                --work "${work:?}" --employees "$employees" --name "employees: $employees, commits on disk: $commits" || status=1
        done
    done
    return "$status"
}
