-- Creates or upgrades everything: roles, the listener's login, the database, the hub in it. Can be repeated at any time.
--
--   POSTGRES_PASSWORD=… psql -f ops/create_db.sql [-v db=calendar_sync_db] [-v sync_user=calendar_sync_user]
--
-- Run it as a superuser, or as a role with CREATEDB and CREATEROLE. The password is needed when the login is new; given
-- later, it becomes the new password. Only its SCRAM verifier leaves this machine. Needs psql 15 or later, and perl beside it.
\set ON_ERROR_STOP on
\set QUIET on
\set SHOW_CONTEXT never
SET client_min_messages = warning;

\if :{?db}
\else
    \set db calendar_sync_db
\endif
\if :{?sync_user}
\else
    \set sync_user calendar_sync_user
\endif

SELECT pg_catalog.current_setting('server_version_num')::int < 150000 AS too_old \gset
\if :too_old
    DO $$ BEGIN RAISE EXCEPTION 'this server is too old: PostgreSQL 15 or later is needed'; END $$;
\endif

\ir ../sql/roles.sql

-- 1. The listener's login. ------------------------------------------------------------------------------------------------

SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'sync_user' AND rolcanlogin) AS login_is_new,
    pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT') AS may_see_verifier \gset
\set verifier_there ''
\if :may_see_verifier
    SELECT coalesce(pg_catalog.max(rolpassword), '') AS verifier_there
    FROM pg_catalog.pg_authid
    WHERE rolname = :'sync_user' AND rolpassword LIKE 'SCRAM-SHA-256$%' \gset
\endif

-- psql has no command that makes a verifier without a terminal, so perl's core modules do. Given the verifier that is there it
-- uses the same salt and count, so that an unchanged password gives the same verifier. Non-ASCII passwords are prepared as libpq
-- does (SASLprep); what cannot be prepared is used as it is. It prints "none" when there is no password.
\set scram 'use strict; use Digest::SHA qw(sha256 hmac_sha256); use MIME::Base64; use Unicode::Normalize; use Encode;'
\set scram :scram 'my $password = $ENV{POSTGRES_PASSWORD}; if (!defined $password || $password eq "") { print "none"; exit }'
\set scram :scram 'my $text = $password =~ /[^\\x00-\\x7f]/ ? eval { decode("UTF-8", $password, 9) } : undef;'
\set scram :scram 'if (defined $text) { $text =~ s/[\\x{a0}\\x{1680}\\x{2000}-\\x{200b}\\x{202f}\\x{205f}\\x{3000}]/ /g;'
\set scram :scram '$text =~ s/[\\x{ad}\\x{34f}\\x{1806}\\x{180b}-\\x{180d}\\x{200c}\\x{200d}\\x{2060}\\x{fe00}-\\x{fe0f}\\x{feff}]//g;'
\set scram :scram '$text = NFKC($text); my $bad = qr/[\\p{C}\\p{Zl}\\p{Zp}\\x{fffc}\\x{fffd}]|\\P{Present_In: 3.2}/;'
\set scram :scram '$password = encode("UTF-8", $text) unless $text eq "" || $text =~ $bad; }'
\set scram :scram 'my ($iterations, $salt) = $ARGV[0] =~ /^SCRAM-SHA-256.(\\d+):([^\\x24]+)/;'
\set scram :scram 'if (!defined $salt) { $iterations = 4096; open my $random, "<", "/dev/urandom" or die; read $random, $salt, 16; }'
\set scram :scram 'else { $salt = decode_base64($salt); }'
\set scram :scram 'my $block = hmac_sha256($salt . pack("N", 1), $password); my $salted = $block;'
\set scram :scram 'for (2 .. $iterations) { $block = hmac_sha256($block, $password); $salted ^= $block; }'
\set scram :scram 'my $stored = sha256(hmac_sha256("Client Key", $salted)); my $server = hmac_sha256("Server Key", $salted);'
\set scram :scram 'my @parts = map { encode_base64($_, "") } $salt, $stored, $server;'
\set scram :scram 'printf "SCRAM-SHA-256%s%d:%s%s%s:%s", chr(36), $iterations, $parts[0], chr(36), $parts[1], $parts[2];'
\set verifier `perl -e :'scram' :'verifier_there'`

SELECT :'verifier' = 'none' AS no_password,
    :'verifier' !~ '^(none|SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44})$' AS no_verifier \gset
\if :no_verifier
    DO $$ BEGIN RAISE EXCEPTION 'perl, which computes the SCRAM verifier, is missing or failed (its message stands above)'; END $$;
\endif
SELECT :'no_password'::boolean AND :'login_is_new'::boolean AS password_missing,
    NOT :'no_password'::boolean AND :'verifier' <> :'verifier_there' AS password_changes \gset
\if :password_missing
    DO $$ BEGIN
        RAISE EXCEPTION 'POSTGRES_PASSWORD is not set: the environment has to contain the password of the listener''s new login';
    END $$;
\endif

BEGIN;
SELECT pg_catalog.format('CREATE ROLE %I', :'sync_user')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'sync_user') \gexec
\if :password_changes
    SELECT pg_catalog.format('ALTER ROLE %I PASSWORD %L', :'sync_user', :'verifier') \gexec
\endif
\if :login_is_new
    SELECT pg_catalog.format('ALTER ROLE %I LOGIN', :'sync_user') \gexec
\endif
SELECT pg_catalog.format('GRANT calendar_sync_user TO %I', :'sync_user')
WHERE :'sync_user' <> 'calendar_sync_user' AND NOT pg_catalog.pg_has_role(:'sync_user', 'calendar_sync_user', 'MEMBER') \gexec
COMMIT;

-- 2. The database. Code-point order and plain libc: no upgrade of the system's collations can touch an index. --------------

SELECT pg_catalog.format(
    $$CREATE DATABASE %I OWNER calendar_sync_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'$$, :'db')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'db') \gexec

\connect :"db"
SET client_min_messages = warning;

-- 3. The hub. -------------------------------------------------------------------------------------------------------------

\ir ../sql/install.sql
\echo Database :db is ready; the listener logs in as :sync_user.
