/* rules 5 for one event that wants one Termin: attempt, lease, takeover, resolving; two listeners and an Advoware that acts late or never.
 * Time is a number of ticks, and a tick may come between any two steps: every listener may rest anywhere for any time, or die.
 *
 *   DELAY <= WAIT   no second Termin ever comes to be (in any order of steps, deaths, lost answers, takeovers).
 *   DELAY >  WAIT   it can, and then it is never linked and never copied onward; it is known as late and deleted.
 *   -DGAP          rest between the look at lease and deadline and the sending: the one thing no client can exclude.
 *
 * Run by Tests/model/check; what it means for an office stands in ops/handbook/crash_safety.md.
 */
#ifndef DELAY
#define DELAY 1
#endif
#ifndef WAIT
#define WAIT 1          /* sync.setting.in_doubt_wait */
#endif
#define DEADLINE 1      /* sync.action.deadline: how long after begin_action a POST may still leave */
#define LEASE 1         /* sync.setting.lease */
#ifndef END
#define END 5           /* the clock stops */
#endif
#define N 2             /* attempts; the second is where a duplicate would come from */

mtype = { UNUSED, RUNNING, IN_DOUBT, DONE, GIVEN_UP, LATE };   /* sync.attempt_state; LATE: given up, and its late Termin is known */
mtype = { IDLE, SENT, GONE };

byte now;
/* sync.run */
byte holder, lease_until;      /* of two listeners the holder tells claims apart as well as the fencing token does */
bool taken;
/* sync.action */
byte begun;
mtype state[N] = UNUSED;
byte deadline[N], doubt_until[N];
/* on the wire, and in Advoware: a Termin has the number of the attempt that made it */
mtype wire[N] = IDLE;
byte sent_at[N];
bool exists[N], linked[N];
byte made, links;

#define OVERDUE(a) (wire[a] == SENT && now >= sent_at[a] + DELAY)
#define MINE (holder == _pid && now <= lease_until)
#define OPEN(a) (state[a] == RUNNING || state[a] == IN_DOUBT)

active proctype clock() {
end: do
    :: atomic { now < END && !OVERDUE(0) && !OVERDUE(1) -> now++ }
    od
}

inline act(which) {
    if
    :: exists[which] = true; made++;
#ifdef ONE_TERMIN
        assert(made <= 1)
#endif
    :: skip
    fi;
    wire[which] = GONE
}

active proctype advoware() {
end: do
    :: atomic { wire[0] == SENT -> act(0) }
    :: atomic { wire[1] == SENT -> act(1) }
    od
}

/* engine.doubt_until: never before the deadline has passed, because a lost listener's request may still be on its way. */
inline doubt(which) {
    state[which] = IN_DOUBT;
    doubt_until[which] = (deadline[which] > now -> deadline[which] : now) + WAIT
}

/* engine.attempt_made */
inline link(which, made_it) {
    linked[made_it] = true; links++; state[which] = DONE;
    assert(links == 1)
}

/* engine.resolve_attempts: an unlinked Termin above the mark with the content meant is what an open attempt made, whichever that was. */
inline settle(t) {
    if
    :: seen[t] && exists[t] && !linked[t] && state[0] == IN_DOUBT -> link(0, t)
    :: seen[t] && exists[t] && !linked[t] && state[0] != IN_DOUBT && state[1] == IN_DOUBT -> link(1, t)
    :: seen[t] && exists[t] && !linked[t] && !OPEN(0) && !OPEN(1) ->
        if
        :: state[0] == GIVEN_UP -> state[0] = LATE; exists[t] = false      /* late: noted, and deleted by phase 3 */
        :: else -> assert(false)        /* phase 1 would copy it onward: a second event */
        fi
    :: else -> skip
    fi
}

/* Recorded before anything is sent. */
inline attempt(which) {
    state[which] = RUNNING; begun++; deadline[which] = now + DEADLINE
}

proctype listener() {
    byte my_lease, read_at;
    byte a;
    bool seen[N];

claim:
    /* What was known is known no more. */
    atomic { my_lease = 0; read_at = 0; a = 0; seen[0] = false; seen[1] = false }
end:
    /* claim_run: free, or its lease is over; what ran is in doubt then. */
    atomic {
        now < END && (!taken || now > lease_until) ->
        taken = true; holder = _pid; lease_until = now + LEASE; my_lease = now + LEASE;
        if :: state[0] == RUNNING -> doubt(0) :: else fi;
        if :: state[1] == RUNNING -> doubt(1) :: else fi
    }
    read_at = now;
    atomic { seen[0] = exists[0]; seen[1] = exists[1] }
    atomic { if :: !MINE -> goto claim :: else fi; settle(0); settle(1) }
    atomic {
        if
        :: !MINE -> goto claim
        /* begin_action: the link is half, and no attempt is open but one whose wait was over when this reading began, which showed nothing. */
        :: MINE && links == 0 && begun == 0 ->
            a = 0; attempt(0)
        :: MINE && links == 0 && begun == 1 && !OPEN(0) ->
            a = 1; attempt(1)
        :: MINE && links == 0 && begun == 1 && state[0] == IN_DOUBT && read_at > doubt_until[0] && !seen[0] && !seen[1] ->
            state[0] = GIVEN_UP; a = 1; attempt(1)
        :: else -> goto finish
        fi
    }
    /* Immediately before sending: the lease by our own clock, and the deadline. */
#ifdef GAP
    if :: now < my_lease && now < deadline[a] -> skip :: else -> goto claim fi;
    atomic { wire[a] = SENT; sent_at[a] = now }
#else
    atomic { if :: now < my_lease && now < deadline[a] -> wire[a] = SENT; sent_at[a] = now :: else -> goto claim fi }
#endif
    if
    /* The answer. complete_action: until it is given up any answer resolves it, also after the lease was lost. */
    :: atomic { wire[a] == GONE && exists[a] ->
        if
        :: (state[a] == RUNNING && MINE || state[a] == IN_DOUBT) && !linked[a] -> link(a, a)
        :: state[a] == GIVEN_UP -> state[a] = LATE; exists[a] = false
        :: else -> skip
        fi }
    /* No answer. */
    :: atomic { MINE && state[a] == RUNNING -> doubt(a) }
    /* Dead; another begins at claim. */
    :: goto claim
    fi;
finish:
    atomic { if :: holder == _pid && !(state[0] == RUNNING) && !(state[1] == RUNNING) -> taken = false :: else fi }
    goto claim
}

init { atomic { run listener(); run listener() } }
