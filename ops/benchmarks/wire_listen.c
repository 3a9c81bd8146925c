/* The least that a listener can do: LISTEN, wait, wake up. Says when, for each notification. Compiled and run by ops/bench wire. */
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

int main(int count, char **arguments) {
    PGconn *connection = PQconnectdb(count > 1 ? arguments[1] : "");
    PQclear(PQexec(connection, "LISTEN bench_bare"));
    if (PQstatus(connection) != CONNECTION_OK) return fprintf(stderr, "%s", PQerrorMessage(connection)), 1;
    puts("listening");
    fflush(stdout);
    struct pollfd socket = {.fd = PQsocket(connection), .events = POLLIN};
    while (poll(&socket, 1, -1) > 0 && PQconsumeInput(connection)) {
        PGnotify *notice;
        while ((notice = PQnotifies(connection))) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            printf("%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
            fflush(stdout);
            PQfreemem(notice);
        }
    }
    return 1;
}
