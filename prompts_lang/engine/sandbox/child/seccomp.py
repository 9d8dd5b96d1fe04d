"""The system calls that code is refused, as a seccomp filter (classic BPF).

The filter is the same for every level where it can be: no sockets but connected pairs, no new namespaces, no tracing, no memory that the
limits do not see, nothing that outlives its process, no old or obscure doors into the kernel. Levels without a process namespace add what
keeps code in its process group and away from the processes of others. A refused call fails with EPERM, as if a privilege were missing;
Python raises PermissionError.

Runs in the engine (which hands the filter to bubblewrap) and in the sandboxed process alike, so it imports next to nothing.
Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of the Linux kernel.
"""

from __future__ import annotations

import errno
import struct

# fmt: off
_EVERYWHERE: dict[str, tuple[int | None, int | None]] = {
    # The number on x86_64, and on aarch64.
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "syslog": (103, 116), "quotactl": (179, 60),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # Memory, semaphores and queues of System V outlive the process, and are found by number.
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "personality": (135, 92), "acct": (163, 89), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "init_module": (175, 105), "delete_module": (176, 106),
    "finit_module": (313, 273), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "vhangup": (153, 58),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450), "quotactl_fd": (443, 443), "process_mrelease": (448, 448), "statmount": (457, 457),
    "listmount": (458, 458), "open_tree_attr": (467, 467), "lookup_dcookie": (212, 18), "modify_ldt": (154, None),
    "iopl": (172, None), "ioperm": (173, None), "uselib": (134, None),
}
_AMONG_OTHERS: dict[str, tuple[int | None, int | None]] = {
    # Leaving the process group, signalling or adjusting the processes of others.
    "setsid": (112, 157), "setpgid": (109, 154), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    # What Landlock does not see: owners, permissions, dates and attributes of files; truncation before its third version.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "truncate": (76, 45), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466), "file_setattr": (469, 469),
}
_OWN_SIGNALS = {"kill": (62, 129), "tgkill": (234, 131)}
_CLONE, _CLONE3, _PRLIMIT, _SOCKETPAIR = (56, 220), (435, 435), (302, 261), (53, 199)
_FCNTL, _IOCTL = (72, 25), (16, 29)
# fmt: on

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_NEW_NAMESPACE = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_X32 = 0x40000000

_UNIX, _STREAM, _KIND_OF_SOCKET = 1, 1, 0xF
_TO_TERMINAL = (0x5412, 0x541C)  # TIOCSTI types for who sits at a terminal, TIOCLINUX pastes
# F_SETOWN, F_SETSIG, F_SETOWN_EX: whom the kernel signals, and with what, when a descriptor becomes ready
_SET_OWNER = (8, 10, 15)
_SET_OWNER_OF_SOCKET = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _KILL = 0x7FFF0000, 0x80000000


def supported(machine: str) -> bool:
    """True where the numbers of the machine's system calls are known."""
    return machine in _ARCHITECTURES


def program(machine: str, *, among_others: bool, own_pid: int | None = None) -> bytes:
    """Returns the filter as an array of `struct sock_filter`.

    Args:
        machine: As `os.uname()` says it; must be `supported`.
        among_others: True where the processes of others are in sight.
        own_pid: The only process that may be signalled and have its limits changed; None where that is ensured otherwise.
    """
    column, architecture = _ARCHITECTURES[machine]
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_AT_LEAST, _X32, 0, 1), _refuse(errno.ENOSYS)]
    denied = [*_EVERYWHERE.values(), *(_AMONG_OTHERS.values() if among_others else ())]
    for numbers in denied:
        number = numbers[column]
        if number is not None:
            steps += [_step(_EQUAL, number, 0, 1), _refuse()]
    # The flags of clone3 are behind a pointer, out of a filter's sight; libraries fall back to clone where it is missing.
    steps += [_step(_EQUAL, _CLONE3[column], 0, 1), _refuse(errno.ENOSYS)]
    steps += _when(_CLONE[column], [_step(_ANY_BIT, _NEW_NAMESPACE, 0, 1), _refuse()])
    # A pair of datagram sockets can send to any address, as if it were a socket; one of streams is connected once and for all.
    steps += _when(_SOCKETPAIR[column], [_step(_EQUAL, _UNIX, 1, 0), _refuse()], goes_on=True)
    stream = [_step(_AND, _KIND_OF_SOCKET), _step(_EQUAL, _STREAM, 1, 0), _refuse()]
    steps += _when(_SOCKETPAIR[column], stream, argument=1)
    steps += _when(_IOCTL[column], _none_of(*_TO_TERMINAL, *(_SET_OWNER_OF_SOCKET if among_others else ())), argument=1)
    if among_others:
        steps += _when(_FCNTL[column], _none_of(*_SET_OWNER), argument=1)
    if own_pid is not None:
        for numbers in _OWN_SIGNALS.values():
            steps += _when(numbers[column], [_step(_EQUAL, own_pid, 1, 0), _refuse()])
    if among_others:
        own = [] if own_pid is None else [_step(_EQUAL, own_pid, 1, 0)]
        steps += _when(_PRLIMIT[column], [_step(_EQUAL, 0, 1 + len(own), 0), *own, _refuse()])
    return b"".join([*steps, _step(_RETURN, _ALLOW)])


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)


def _refuse(error: int = errno.EPERM) -> bytes:
    return _step(_RETURN, 0x00050000 | error)


def _none_of(*values: int) -> list[bytes]:
    return [step for value in values for step in (_step(_EQUAL, value, 0, 1), _refuse())]


def _when(number: int, rule: list[bytes], *, argument: int = 0, goes_on: bool = False) -> list[bytes]:
    """A rule on one argument of one call, by its lower 32 bits, which are all that the kernel reads of these.

    The rule falls through to "allow"; where it `goes_on`, to the rules after it.
    """
    end = _step(_LOAD, _NUMBER) if goes_on else _step(_RETURN, _ALLOW)
    body = [_step(_LOAD, _ARGUMENTS + 8 * argument), *rule, end]
    return [_step(_EQUAL, number, 0, len(body)), *body]
