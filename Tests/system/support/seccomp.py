"""The system calls of systemd's @resources, refused or deadly: what ops/calendar-sync.service asks for, without systemd."""

import ctypes
import errno
import os
import platform
import struct

# ioprio_set, mbind, migrate_pages, move_pages, sched_setaffinity, sched_setattr, sched_setparam, sched_setscheduler, set_mempolicy,
# setpriority, setrlimit. Of @privileged the program needs none, and the same answer would meet it.
RESOURCES = {"x86_64": (251, 237, 256, 279, 203, 314, 142, 144, 238, 141, 160), "aarch64": (30, 235, 238, 239, 122, 274, 118, 119, 237, 140, 164)}

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def refuse(error: str | None) -> None:
    """From now on, for this process and its children: that error, or the end, for whoever uses one of these calls."""
    numbers = RESOURCES[platform.machine()]
    answer = ERRNO | getattr(errno, error) if error else KILL_PROCESS
    # The number of the call is the first word of what the filter sees.
    steps = [(LOAD_WORD, 0, 0, 0)]
    steps += [(JUMP_IF_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, answer)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(steps), code)), 0, 0)):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
