#pragma once

#include <libpq-fe.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// Swift does not import macros that are character literals.
enum {
    clibpq_diag_severity = PG_DIAG_SEVERITY_NONLOCALIZED,
    clibpq_diag_sqlstate = PG_DIAG_SQLSTATE,
    clibpq_diag_message = PG_DIAG_MESSAGE_PRIMARY,
    clibpq_diag_detail = PG_DIAG_MESSAGE_DETAIL,
    clibpq_diag_hint = PG_DIAG_MESSAGE_HINT,
    clibpq_diag_context = PG_DIAG_CONTEXT,
    clibpq_diag_schema = PG_DIAG_SCHEMA_NAME,
    clibpq_diag_table = PG_DIAG_TABLE_NAME,
    clibpq_diag_column = PG_DIAG_COLUMN_NAME,
    clibpq_diag_constraint = PG_DIAG_CONSTRAINT_NAME,
};

// The Glibc module of Swift leaves <sys/eventfd.h> out; the flags are an enum there and would need casts.
static inline int clibpq_eventfd(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

// Variadic. Names the calling thread, for whoever looks with `ps -L` or a debugger.
static inline void clibpq_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
