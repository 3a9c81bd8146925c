# Helpers shared by ops/quickstart and ops/test; sourced, never run.
# shellcheck shell=bash

# Everything below is relative to the project.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
cleanups=()

# Everything of ours listens on this machine, where the environment's proxy must not catch it; what is downloaded goes through it.
no_proxy=${no_proxy:-${NO_PROXY:-}}
no_proxy=127.0.0.1,localhost,::1${no_proxy:+,$no_proxy}
NO_PROXY=$no_proxy
export no_proxy NO_PROXY

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# What was started last is stopped first; runs exactly once, whatever ended the script.
run_cleanups() {
    local status=$? i
    trap - EXIT
    # A second Ctrl-C, or nobody left to print to, must not leave half of it behind.
    trap '' INT TERM HUP PIPE
    for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
        eval "${cleanups[i]}" || true
    done
    exit "$status"
}
trap run_cleanups EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# at_exit COMMAND: COMMAND runs when the script ends.
at_exit() { cleanups+=("$1"); }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 2 ]; }; then
        sudo "$@"
    else
        return 126
    fi
}

# attempt TIMES COMMAND…: again after a growing pause while it fails.
attempt() {
    local times=$1 try
    shift
    for ((try = 1; ; try++)); do
        "$@" && return
        [ "$try" -lt "$times" ] || return 1
        sleep $((try * 3))
    done
}

# install_packages PACKAGE…: through apt; the package lists are fetched only when they are missing or too old to be of use.
install_packages() {
    command -v apt-get >/dev/null || die "these packages are missing and there is no apt-get to install them with: $*"
    as_root true || die "these packages are missing; install them as root, or let this user use sudo: apt-get install $*"
    say "Installing $*"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@")
    local log
    log=$(mktemp)
    if ! as_root "${install[@]}" </dev/null >"$log" 2>&1; then
        attempt 3 as_root apt-get update -q -o DPkg::Lock::Timeout=120 </dev/null >>"$log" 2>&1 || true
        attempt 3 as_root "${install[@]}" </dev/null >>"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            rm -f "$log"
            die "apt-get could not install $*"
        }
    fi
    rm -f "$log"
}

find_swift() {
    command -v swift >/dev/null && return
    local dir
    for dir in "$HOME/.local/share/swiftly/bin" "$HOME/.swiftly/bin" /usr/local/swift/usr/bin /usr/share/swift/usr/bin /opt/*/usr/bin; do
        [ -x "$dir/swift" ] && PATH="$dir:$PATH" && return
    done
    die "swift 6.2 or later is not on the PATH (https://www.swift.org/install/linux/)"
}

# What the Swift build links against.
need_build() {
    find_swift
    local missing=()
    command -v pkg-config >/dev/null || missing+=(pkg-config)
    pkg-config --exists libpq 2>/dev/null || missing+=(libpq-dev)
    pkg-config --exists libcurl 2>/dev/null || missing+=(libcurl4-openssl-dev)
    pkg-config --exists libcrypto 2>/dev/null || missing+=(libssl-dev)
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# Sets pg_bin to the newest PostgreSQL server's programs, or those in PG_BIN (another version), 0 if there is one.
find_postgres() {
    local dir
    pg_bin=
    if [ -n "${PG_BIN:-}" ]; then
        if [ ! -x "$PG_BIN/initdb" ] || [ ! -x "$PG_BIN/postgres" ]; then
            die "PG_BIN: $PG_BIN does not hold the programs of a PostgreSQL server (initdb, postgres)"
        fi
        pg_bin=$PG_BIN
        return
    fi
    while IFS= read -r dir; do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && pg_bin=$dir
    done < <(
        command -v initdb >/dev/null && dirname "$(command -v initdb)"
        printf '%s\n' /usr/lib/postgresql/*/bin | sort -V
    )
    [ -n "$pg_bin" ]
}

# The PostgreSQL server and client, and perl, which makes the SCRAM verifier and finds free ports.
need_postgres() {
    find_postgres || install_packages postgresql
    find_postgres || die "PostgreSQL is installed, but its initdb is not where it usually is (/usr/lib/postgresql/*/bin)"
    pg_major=$("$pg_bin/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    [ "$pg_major" -ge 15 ] || die "PostgreSQL $pg_major is too old: 15 or later is needed"
    command -v perl >/dev/null || install_packages perl
    PATH="$pg_bin:$PATH"
}

# pgTAP for that server, and its runner.
need_pgtap() {
    local missing=()
    [ -e "$("$pg_bin/pg_config" --sharedir)/extension/pgtap.control" ] || missing+=("postgresql-$pg_major-pgtap")
    command -v pg_prove >/dev/null || missing+=(libtap-parser-sourcehandler-pgtap-perl)
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# pg_cron for that server, which the schedule is compared with. For a server of PG_BIN there need not be a package: its tests are skipped then.
need_pg_cron() {
    [ -n "${PG_BIN:-}" ] || [ -e "$("$pg_bin/pg_config" --pkglibdir)/pg_cron.so" ] || install_packages "postgresql-$pg_major-cron"
}

need_python() { python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv; }

# need_venv DIRECTORY REQUIREMENTS: a Python environment that holds what the file lists; made again when the file changed.
need_venv() {
    local dir=$1 requirements=$2
    cmp -s "$requirements" "$dir/installed.txt" && "$dir/bin/python" -c '' 2>/dev/null && return
    need_python
    say "Preparing the Python environment"
    rm -rf "$dir"
    python3 -m venv "$dir"
    attempt 3 "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --retries 5 -r "$requirements" </dev/null ||
        die "pip could not install what $requirements lists"
    cp "$requirements" "$dir/installed.txt"
}

free_port() {
    perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 0) or die "no free port: $!\n"; print $s->sockport'
}

random_password() { perl -e 'open my $r, "<", "/dev/urandom" or die; read $r, my $bytes, 18; print unpack "H*", $bytes'; }

# PostgreSQL refuses to run as root.
as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Starts a PostgreSQL of our own on a free loopback port and exports PGHOST, PGPORT, PGUSER (a superuser), PGPASSWORD, PGDATABASE.
# It lives in a temporary directory and ends with this script. Passwords are asked for as on a real server (SCRAM).
start_cluster() {
    # Not in $TMPDIR: the path of a socket may have 107 characters, no more.
    cluster=$(mktemp -d /tmp/calendar-sync-pg.XXXXXX)
    at_exit stop_cluster
    PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=postgres PGPASSWORD=$(random_password)
    export PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD
    # An operator's own settings must not lead elsewhere.
    unset PGHOSTADDR PGSERVICE PGOPTIONS PGSSLMODE PGPASSFILE PGTARGETSESSIONATTRS
    printf '%s\n' "$PGPASSWORD" >"$cluster/password"
    chmod 600 "$cluster/password"
    [ "$(id -u)" -ne 0 ] || chown -R postgres "$cluster"
    as_server_user "$pg_bin/initdb" -D "$cluster/data" -U postgres -A scram-sha-256 --pwfile="$cluster/password" \
        -E UTF8 --locale=C --no-sync >"$cluster/initdb.log" 2>&1 || {
        cat "$cluster/initdb.log" >&2
        die "initdb failed"
    }
    # Nothing here has to survive a power cut.
    as_server_user tee -a "$cluster/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$cluster'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = '64MB'
max_connections = 100
password_encryption = 'scram-sha-256'
jit = off
CONF
    local try
    for try in 1 2 3 4 5; do
        # Between finding the port and using it another program may take it.
        PGPORT=$(free_port)
        as_server_user "$pg_bin/pg_ctl" start -D "$cluster/data" -w -t 60 -s -o "-p $PGPORT" -l "$cluster/server.log" \
            </dev/null >/dev/null 2>&1 && return
        say "PostgreSQL did not start on port $PGPORT (attempt $try)"
    done
    tail -n 20 "$cluster/server.log" >&2
    die "PostgreSQL does not start"
}

stop_cluster() {
    if [ -e "$cluster/data/postmaster.pid" ]; then
        as_server_user "$pg_bin/pg_ctl" stop -D "$cluster/data" -m immediate -s -t 30 >/dev/null 2>&1 || true
    fi
    rm -rf "$cluster"
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || die "$what: not there after the time allowed"
        sleep 0.1
    done
}

# Ends a background process of ours, gently, then surely.
stop_process() {
    local pid=$1 i
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((i = 0; i < 100; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
