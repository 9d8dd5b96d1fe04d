"""The filter of system calls and the rules for Landlock, decided by hand: also for machines and kernels that no test runs on."""

from __future__ import annotations

import errno
import struct

import pytest

from prompts_lang.engine.sandbox.child import seccomp
from prompts_lang.engine.sandbox.landlock import landlock_rules

X86, ARM = "x86_64", "aarch64"
ARCHITECTURE = {X86: 0xC000003E, ARM: 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000


def decide(program: bytes, architecture: int, number: int, argument: int = 0, second: int = 0) -> str:
    """Runs the filter as the kernel does. A jump out of the program is an error."""
    steps = list(struct.iter_unpack("=HBBI", program))
    data = struct.pack("=IIQ6Q", number, architecture, 0, argument, second, 0, 0, 0, 0)
    value, at = 0, 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif code == 0x54:
            value &= operand
        elif code == 0x06:
            return {ALLOW: "allow", KILL: "kill"}.get(operand) or errno.errorcode[operand & 0xFFFF]
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            at += if_true if holds else if_false


@pytest.mark.parametrize("among_others", [False, True])
@pytest.mark.parametrize(
    ("machine", "number", "argument", "decision"),
    [
        (X86, 0, 0, "allow"),  # read
        (X86, 257, 0, "allow"),  # openat
        (X86, 41, 1, "EPERM"),  # socket
        (X86, 56, 0x01200011, "allow"),  # clone, as fork does
        (X86, 56, 0x003D0F00, "allow"),  # clone, as threads do
        (X86, 56, 0x10000011, "EPERM"),  # clone into a user namespace
        (X86, 435, 0, "ENOSYS"),  # clone3
        (X86, 101, 0, "EPERM"),  # ptrace
        (X86, 0x40000000 + 41, 0, "ENOSYS"),  # socket, by its x32 number
        (ARM, 63, 0, "allow"),  # read
        (ARM, 198, 1, "EPERM"),  # socket
        (ARM, 220, 0x10000011, "EPERM"),  # clone into a user namespace
        (ARM, 117, 0, "EPERM"),  # ptrace
    ],
)
def test_a_call_is_decided_by_its_number(
    machine: str, number: int, argument: int, decision: str, among_others: bool
) -> None:
    program = seccomp.program(machine, among_others=among_others, own_pid=77 if among_others else None)
    assert decide(program, ARCHITECTURE[machine], number, argument) == decision


@pytest.mark.parametrize(("machine", "kill", "limits"), [(X86, 62, 302), (ARM, 129, 261)])
def test_among_others_only_the_own_process_is_signalled_and_limited(machine: str, kill: int, limits: int) -> None:
    architecture = ARCHITECTURE[machine]
    alone = seccomp.program(machine, among_others=False)
    assert [decide(alone, architecture, number, 1) for number in (kill, limits)] == ["allow", "allow"]
    program = seccomp.program(machine, among_others=True, own_pid=77)
    assert [decide(program, architecture, kill, pid) for pid in (77, 1, 0, 2**32 - 1)] == ["allow", *["EPERM"] * 3]
    assert [decide(program, architecture, limits, pid) for pid in (0, 77, 1)] == ["allow", "allow", "EPERM"]


@pytest.mark.parametrize("among_others", [False, True])
@pytest.mark.parametrize(("machine", "pair"), [(X86, 53), (ARM, 199)])
def test_pairs_of_sockets_are_of_the_kind_that_event_loops_need(machine: str, pair: int, among_others: bool) -> None:
    program = seccomp.program(machine, among_others=among_others, own_pid=77 if among_others else None)
    nonblocking, close_on_exec = 0o4000, 0o2000000
    for family, kind, decision in [
        (1, 1, "allow"),
        (1, 1 | nonblocking | close_on_exec, "allow"),
        (1, 2, "EPERM"),  # datagrams, which can be sent to any address
        (1, 2 | close_on_exec, "EPERM"),
        (1, 3, "EPERM"),  # raw, which the kernel takes for datagrams here
        (1, 5, "EPERM"),
        (30, 1, "EPERM"),  # TIPC
    ]:
        assert decide(program, ARCHITECTURE[machine], pair, family, kind) == decision, (family, kind)


@pytest.mark.parametrize(("machine", "fcntl", "ioctl"), [(X86, 72, 16), (ARM, 25, 29)])
def test_terminals_are_not_typed_to_and_nobody_is_made_the_owner_of_a_descriptor(
    machine: str, fcntl: int, ioctl: int
) -> None:
    architecture = ARCHITECTURE[machine]
    alone = seccomp.program(machine, among_others=False)
    among = seccomp.program(machine, among_others=True)
    for program in (alone, among):
        assert [decide(program, architecture, ioctl, 0, request) for request in (0x5412, 0x541C)] == ["EPERM"] * 2
        assert decide(program, architecture, ioctl, 0, 0x5413) == "allow"  # the size of a window
        assert decide(program, architecture, fcntl, 0, 4) == "allow"  # F_SETFL
    owner = [(fcntl, 8), (fcntl, 10), (fcntl, 15), (ioctl, 0x8901), (ioctl, 0x8902)]
    assert [decide(among, architecture, number, 3, command) for number, command in owner] == ["EPERM"] * 5
    assert [decide(alone, architecture, number, 3, command) for number, command in owner] == ["allow"] * 5


def test_calls_of_another_architecture_kill() -> None:
    assert decide(seccomp.program(X86, among_others=False), 0x40000003, 11) == "kill"  # 32-bit x86


@pytest.mark.parametrize(
    ("version", "size", "files", "network", "scope"),
    [(1, 8, 13, 0, 0), (2, 8, 14, 0, 0), (3, 8, 15, 0, 0), (4, 16, 15, 3, 0), (5, 16, 16, 3, 0), (7, 24, 16, 3, 3)],
)
def test_every_version_of_landlock_is_asked_for_what_it_knows(
    version: int, size: int, files: int, network: int, scope: int
) -> None:
    rules = landlock_rules(version, readable=["/usr"], writable="/tmp")  # noqa: S108
    assert (rules["size"], rules["files"], rules["network"], rules["scope"]) == (size, 2**files - 1, network, scope)
    allowed = dict(map(tuple, rules["paths"]))  # type: ignore[arg-type]
    assert allowed["/usr"] == 0b1101
    assert all(rights & ~(2**files - 1) == 0 for rights in allowed.values())
