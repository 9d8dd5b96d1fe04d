"""Code that wants out. What each level contains is asserted as it is promised by `Level`, and the next call always works (conftest)."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from prompts_lang.engine.sandbox import Level, Limits, SandboxProblemKind, SandboxResult
from prompts_lang.engine.sandbox.machine import this_machine
from tests.engine.sandbox.conftest import Run
from tests.engine.sandbox.levels import AS_ROOT, at_levels

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("a secret of the user")
    path.chmod(0o600)
    return path


def state_of(file: Path) -> object:
    """All that code could change about a file and its folder."""
    status = file.stat()
    neighbours = [path.name for path in file.parent.iterdir()]
    return file.read_text(), status.st_mode, status.st_uid, status.st_mtime_ns, status.st_nlink, neighbours


def failed_with(result: SandboxResult, *errors: str) -> bool:
    """True where the code ended with one of these exceptions."""
    problem = result.problem
    return problem is not None and problem.kind is SandboxProblemKind.EXCEPTION and problem.message.startswith(errors)


# ----------------------------------------------------------------------------------------------------------------- files


async def test_files_outside_cannot_be_read(run: Run, level: Level, secret: Path) -> None:
    result = await run("result = open(path).read()", path=str(secret))
    if level is Level.LIMITS and not (AS_ROOT and this_machine().prefix_is_public):
        assert result.value == {"result": "a secret of the user"}
    else:
        assert failed_with(result, "FileNotFoundError", "PermissionError")


async def test_files_outside_cannot_be_written_changed_or_removed(run: Run, level: Level, secret: Path) -> None:
    before = state_of(secret)
    attempts = """
        import os
        def attempt(act):
            try:
                act()
            except OSError as error:
                return type(error).__name__
        folder = os.path.dirname(path)
        result = [attempt(act) for act in (
            lambda: open(path, "w"), lambda: open(path, "r+"), lambda: os.truncate(path, 0), lambda: os.remove(path),
            lambda: os.rename(path, path + "2"), lambda: os.chmod(path, 0o777), lambda: os.utime(path, (1, 1)),
            lambda: os.link(path, "linked"), lambda: os.mkdir(folder + "/new"), lambda: open(folder + "/new", "w"),
            lambda: os.symlink("/", folder + "/new"), lambda: os.setxattr(path, "user.a", b"b"), lambda: os.chown(path, -1, 1),
        )]
    """
    result = await run(attempts, path=str(secret))
    if level is Level.LIMITS and not AS_ROOT:
        return  # these are the files of the very user that the code runs as
    assert result.value is not None
    assert None not in json.loads(json.dumps(result.value["result"]))
    assert state_of(secret) == before


async def test_links_lead_nowhere(run: Run, level: Level, secret: Path) -> None:
    text = """
        import os
        os.symlink(path, "link")
        os.symlink("/", "root")
        read = []
        for name in ("link", "root" + path, "../.." + path, "/proc/self/root" + path, "/proc/self/cwd/.." + path):
            try:
                read.append(open(name).read())
            except OSError:
                pass
        result = read
    """
    result = await run(text, path=str(secret))
    assert result.value is not None
    if level is Level.LIMITS and not (AS_ROOT and this_machine().prefix_is_public):
        assert result.value["result"] != []
    else:
        assert result.value["result"] == []


async def test_what_links_point_at_survives_the_removal_of_the_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    (tmp_path / "kept").chmod(0o750)
    await run(
        "import os; os.symlink(folder, 'link'); os.symlink(folder + '/file', 'file'); result = 1",
        folder=str(tmp_path / "kept"),
    )
    assert (tmp_path / "kept" / "file").read_text() == "kept"
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o750


async def test_the_interpreter_and_the_system_are_read_only(run: Run, level: Level) -> None:
    text = """
        import json, os
        result = []
        for place in (json.__file__, "/usr/bin/env", "/etc/passwd", "/dev/sda", "/usr/new", os.path.dirname(json.__file__) + "/new.py"):
            try:
                open(place, "a").write("x")
                result.append(place)
            except OSError:
                pass
    """
    result = await run(text)
    if level >= Level.LANDLOCK or AS_ROOT:
        assert result.value == {"result": []}


@at_levels(lambda level: level is Level.NAMESPACES)
async def test_namespaces_show_no_other_files_at_all(run: Run) -> None:
    result = await run(
        "import os; result = [sorted(os.listdir('/tmp')), os.path.exists('/proc'), os.path.exists('/home'), os.uname().nodename]"
    )
    assert result.value == {"result": [[], False, False, "sandbox"]}


# --------------------------------------------------------------------------------------------------------------- network


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@linux
async def test_there_is_no_network(run: Run, listener: socket.socket) -> None:
    text = """
        import socket
        refused = []
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", port)),
            (socket.AF_INET6, socket.SOCK_STREAM, ("::1", port)),
            (socket.AF_UNIX, socket.SOCK_STREAM, "/run/docker.sock"),
            (socket.AF_UNIX, socket.SOCK_DGRAM, "\\0abstract"),
            (socket.AF_NETLINK, socket.SOCK_RAW, (0, 0)),
        ):
            try:
                socket.socket(family, kind).connect(address)
            except OSError as error:
                refused.append(type(error).__name__)
        result = refused
    """
    result = await run(text, port=listener.getsockname()[1])
    assert result.value == {"result": ["PermissionError"] * 6}
    with pytest.raises(BlockingIOError):
        listener.accept()


@linux
async def test_nobody_outside_can_be_resolved(run: Run) -> None:
    result = await run("import socket; result = socket.getaddrinfo('example.org', 80)")
    assert failed_with(result, "gaierror", "PermissionError")


@pytest.fixture
def datagrams() -> Iterator[tuple[str, str, tuple[socket.socket, ...]]]:
    """The path and the name of two sockets that take messages from everybody, and the sockets."""
    name = f"prompts-test-{secrets.token_hex(8)}"
    path = Path(tempfile.gettempdir(), name)
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as two,
    ):
        one.bind(str(path))
        path.chmod(0o777)
        two.bind(f"\0{name}")
        one.setblocking(False)
        two.setblocking(False)
        yield str(path), name, (one, two)
        path.unlink()


@linux
async def test_no_message_gets_out_through_a_pair_of_sockets(
    run: Run, datagrams: tuple[str, str, tuple[socket.socket, ...]]
) -> None:
    # A pair of datagram sockets needs no `socket`, and sends to whom it likes: to the system's journal, for instance.
    path, name, listeners = datagrams
    text = """
        import os, socket
        result = []
        for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            for place in (path, "\\0" + name):
                try:
                    one, other = socket.socketpair(socket.AF_UNIX, kind)
                except PermissionError:
                    continue
                for send in (lambda: one.sendto(b"x", place), lambda: one.connect(place), lambda: one.bind(place + "2")):
                    try:
                        result.append([int(kind), str(send())])
                    except OSError:
                        pass
        one, other = socket.socketpair()
        one.sendall(b"within")
        result.append(other.recv(10).decode())
    """
    result = await run(text, path=path, name=name)
    assert result.value == {"result": ["within"]}
    for listener in listeners:
        with pytest.raises(BlockingIOError):
            listener.recv(10)


@linux
async def test_nothing_is_left_in_the_memory_of_the_system(run: Run) -> None:
    # Queues and semaphores of System V would outlive the call, for the next one to read; key rings are shared with the session.
    text = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        x86 = os.uname().machine == "x86_64"
        calls = [(68, 186, (key, 0o1666)), (64, 190, (key, 1, 0o1666)), (29, 194, (key, 4096, 0o1666)), (240, 180, (b"q", 0o102, 0o600, 0)),
                 (248, 217, (b"user", b"n", b"v", 1, -3)), (250, 219, (0, -3, 1)), (249, 218, (b"user", b"n", 0, -3))]
        result = [libc.syscall(on_x86 if x86 else on_arm, *arguments) for on_x86, on_arm, arguments in calls]
    """
    result = await run(text, key=os.getpid())
    assert result.value == {"result": [-1] * 7}


@linux
async def test_the_engine_is_not_signalled_by_way_of_a_descriptor(run: Run) -> None:
    # Whoever owns a descriptor gets a signal of its maker's choice when there is something to read.
    text = """
        import fcntl, os, socket
        result = []
        one, other = socket.socketpair()
        for attempt in (
            lambda: fcntl.fcntl(one, 8, pid), lambda: fcntl.fcntl(one, 10, 10), lambda: fcntl.fcntl(one, 15, owner.encode("latin-1")),
            lambda: fcntl.ioctl(one, 0x8901, pid.to_bytes(4, "little")),
        ):
            try:
                attempt()
            except OSError as error:
                result.append(type(error).__name__)
        fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC)
        other.send(b"x")
    """
    arrived: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _frame: arrived.append(number))
    try:
        owner = struct.pack("=ii", 1, os.getpid()).decode("latin-1")
        result = await run(text, pid=os.getpid(), owner=owner)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert result.value is not None
    assert arrived == []


# ------------------------------------------------------------------------------------------------- environment and /proc


async def test_the_environment_holds_no_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("LD_PRELOAD_X", "1")
    result = await run("import os, sys; result = [sorted(os.environ), '/somewhere' in sys.path]")
    assert result.value is not None
    names, imports = json.loads(json.dumps(result.value["result"]))
    assert set(names) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "PYTHONHASHSEED", "TMPDIR"}
    assert imports is False


@linux
@at_levels(lambda level: level > Level.LIMITS or AS_ROOT)  # else it is a process of the same user
async def test_the_environment_of_the_engine_cannot_be_read_from_proc(run: Run) -> None:
    text = """
        found = []
        for name in ("environ", "mem", "maps", "cmdline", "fd/0", "root/etc/passwd", "cwd/pyproject.toml"):
            for process in (str(pid), "self", "1"):
                try:
                    data = open(f"/proc/{process}/{name}", "rb").read(64)
                    if name != "cmdline" and process == str(pid):
                        found.append(name)
                except OSError:
                    pass
        result = found
    """
    result = await run(text, pid=os.getpid())
    assert result.value == {"result": []}


@linux
async def test_the_request_and_other_open_files_of_the_engine_are_not_inherited(run: Run, secret: Path) -> None:
    with secret.open() as kept:
        os.set_inheritable(kept.fileno(), True)
        result = await run(
            """
            import os
            open_ones = []
            for number in range(3, 64):
                try:
                    os.fstat(number)
                    open_ones.append(number)
                except OSError:
                    pass
            result = [len(open_ones), os.read(0, 10) == b""]
            """
        )
    assert result.value == {"result": [1, True]}  # the channel for the result


# --------------------------------------------------------------------------------------------------------------- signals


@linux
async def test_the_engine_cannot_be_signalled(run: Run) -> None:
    text = """
        import os, signal
        refused = []
        for target in (pid, os.getppid(), 1):
            for act in (lambda: os.kill(target, signal.SIGTERM), lambda: os.kill(target, 0), lambda: os.kill(target, signal.SIGKILL)):
                try:
                    act()
                except (PermissionError, ProcessLookupError):
                    refused.append(target)
        result = len(refused)
    """
    result = await run(text, pid=os.getpid())
    if (
        result.problem is not None
    ):  # in a namespace, the parent is its own first process: killing it ends the code alone
        assert result.problem.kind in {SandboxProblemKind.KILLED, SandboxProblemKind.PROTOCOL}
    else:
        assert result.value is not None


@linux
async def test_killing_everyone_ends_the_code_alone(run: Run) -> None:
    result = await run("import os, signal; os.kill(-1, signal.SIGKILL); result = 'alive'")
    assert (
        result.value == {"result": "alive"}
        or failed_with(result, "PermissionError", "ProcessLookupError")
        or (result.problem is not None and result.problem.kind is SandboxProblemKind.KILLED)
    )


@linux
async def test_limits_and_priority_of_the_engine_cannot_be_changed(run: Run) -> None:
    text = """
        import os, resource
        for act in (
            lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1)),
            lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
            lambda: os.sched_setaffinity(pid, {0}),
        ):
            try:
                act()
            except OSError:
                pass
        result = True
    """

    def state() -> object:
        import resource

        return resource.getrlimit(resource.RLIMIT_NOFILE), os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)

    before = state()
    assert (await run(text, pid=os.getpid())).value == {"result": True}
    assert state() == before


async def test_limits_cannot_be_lifted(run: Run) -> None:
    text = """
        import resource
        kept = []
        for which in (resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
            try:
                resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            except (ValueError, OSError):
                kept.append(which)
        result = len(kept)
    """
    assert (await run(text)).value == {"result": 4}


# --------------------------------------------------------------------------------------------------- privileges and kernel


@linux
async def test_the_code_has_no_privileges_and_cannot_get_any(run: Run) -> None:
    text = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        refused = [
            libc.unshare(0x10000000), libc.unshare(0x20000), libc.ptrace(0, 0, 0, 0), libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
            libc.chroot(b"/tmp"), libc.syscall(425, 1, 0), libc.syscall(321, 0, 0, 0), libc.memfd_create(b"x", 0), libc.setns(0, 0),
        ]
        try:
            os.setuid(0)
            refused.append(0)
        except OSError:
            refused.append(-1)
        result = [os.getuid() != 0, refused]
    """
    assert (await run(text)).value == {"result": [True, [-1] * 10]}


@linux
async def test_doors_into_the_kernel_and_into_other_processes_are_closed(run: Run) -> None:
    # Asked of the engine, of the code's own parent and of a child of its own: the answer is the same.
    text = """
        import ctypes, os, time
        libc = ctypes.CDLL(None, use_errno=True)
        child = os.fork()
        if child == 0:
            time.sleep(60)
        x86 = os.uname().machine == "x86_64"
        space = ctypes.create_string_buffer(256)
        doors = {
            "io_uring_setup": (425, 425, (8, space)), "io_uring_enter": (426, 426, (0, 0, 0, 0)), "userfaultfd": (323, 282, (1,)),
            "bpf": (321, 280, (0, space, 64)), "perf_event_open": (298, 241, (space, 0, -1, -1, 0)), "fanotify_init": (300, 262, (0, 0)),
            "open_by_handle_at": (304, 265, (-100, space, 0)), "name_to_handle_at": (303, 264, (-100, b"/", space, space, 0)),
            "pidfd_getfd": (438, 438, (0, 0, 0)), "memfd_secret": (447, 447, (0,)), "personality": (135, 92, (0x40000,)),
            "kexec_load": (246, 104, (0, 0, 0, 0)), "setns": (308, 268, (0, 0)), "pivot_root": (155, 41, (b".", b".")),
        }
        for who, pid in (("engine", engine), ("parent", os.getppid()), ("child", child), ("first", 1)):
            doors[f"ptrace {who}"] = (101, 117, (16, pid, 0, 0))
            doors[f"process_vm_readv {who}"] = (310, 270, (pid, space, 1, space, 1, 0))
            doors[f"process_vm_writev {who}"] = (311, 271, (pid, space, 1, space, 1, 0))
            doors[f"kcmp {who}"] = (312, 272, (pid, os.getpid(), 0, 0, 0))
        result = {}
        for name, (on_x86, on_arm, arguments) in doors.items():
            ctypes.set_errno(0)
            if libc.syscall(on_x86 if x86 else on_arm, *arguments) != -1 or ctypes.get_errno() != 1:
                result[name] = ctypes.get_errno()
        for flag in (0x20000, 0x10000000, 0x20000000, 0x40000000, 0x80, 0x02000000, 0x04000000, 0x08000000):
            if libc.unshare(flag) != -1:
                result[f"unshare {flag:x}"] = 0
    """
    result = await run(text, engine=os.getpid())
    assert result.value == {"result": {}}


@linux
@at_levels(lambda level: level > Level.LIMITS)
async def test_memory_that_is_shared_by_all_cannot_be_filled(run: Run) -> None:
    text = """
        import os
        written = []
        for place in ("/dev/shm/x", "/dev/mqueue/x", "/run/x", "/var/tmp/x", "/run/lock/x", "/dev/x", "/run/user/x"):
            try:
                with open(place, "wb") as file:
                    file.write(bytes(2**20))
                written.append(place)
            except OSError:
                pass
        result = written
    """
    assert (await run(text)).value == {"result": []}


@linux
async def test_programs_with_the_set_user_bit_gain_nothing(run: Run) -> None:
    text = """
        import subprocess
        result = subprocess.run(["/bin/su", "-c", "id"], capture_output=True, stdin=subprocess.DEVNULL).returncode
    """
    result = await run(text)
    assert result.value != {"result": 0}


# -------------------------------------------------------------------------------------------------------- result channel


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"0" * 32 + b' 14\n{"value": {}}',
        b"\x80\x04N.",
        b'{"value": {"result": "forged"}}',
        b"[" * 5000,
        b"\x00" * 10**7,
    ],
    ids=["nothing", "guessed frame", "pickle", "JSON", "nesting", "flood"],
)
async def test_a_forged_result_is_recognised(run: Run, written: bytes) -> None:
    text = """
        import os
        for number in range(3, 64):
            try:
                rest = data.encode("latin-1")
                while rest:
                    rest = rest[os.write(number, rest):]
            except OSError:
                pass
        os._exit(0)
    """
    result = await run(text, data=written.decode("latin-1"))
    assert result.value is None
    assert result.problem is not None
    assert result.problem.kind in {SandboxProblemKind.PROTOCOL, SandboxProblemKind.OUTPUT}


async def test_noise_on_the_channel_spoils_the_result_and_is_told(run: Run) -> None:
    text = """
        import os
        for number in range(3, 64):
            try:
                os.write(number, b"noise")
            except OSError:
                pass
        result = 1
    """
    result = await run(text)
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.PROTOCOL
    assert "tampered" in result.problem.message


@pytest.mark.parametrize(
    "body",
    ['{"value": {"result": NaN}}', '{"value": {"result": 1e999}}', '{"value": {"result": "\\ud800"}}', '{"value": {"other": 1}}',
     '{"value": 1}', '{"problem": {"kind": "made up", "message": "", "frames": []}}', '{"problem": {"kind": "timeout"}}', "[]", "{}",
     '{"problem": {"kind": "timeout", "message": "", "frames": [{"line": "x"}]}}', "[" * 100_000, "1" * 5000],
)  # fmt: skip
async def test_a_framed_result_is_still_not_trusted(run: Run, body: str) -> None:
    # Code that reads the engine's own frames in its process can find the nonce. What it then sends is checked like anything else.
    text = """
        import os, sys
        frame = sys._getframe()
        while "request" not in frame.f_locals or "nonce" not in frame.f_locals["request"]:
            frame = frame.f_back
        request, channel = frame.f_locals["request"], frame.f_locals["channel"]
        os.write(channel, f"{request['nonce']} {len(body)}\\n{body}".encode())
        os._exit(0)
    """
    result = await run(text, body=body)
    assert result.value is None
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.PROTOCOL


async def test_an_object_that_would_run_code_when_unpickled_is_only_not_json(run: Run) -> None:
    text = """
        class Trap:
            def __reduce__(self):
                return (exec, ("raise SystemExit",))
        result = Trap()
    """
    result = await run(text)
    assert result.problem is not None
    assert (
        result.problem.message
        == "The output 'result' is not JSON: TypeError: Object of type Trap is not JSON serializable."
    )


async def test_closing_every_descriptor_loses_only_the_result(run: Run) -> None:
    result = await run("import os; os.closerange(0, 256); result = 1")
    assert result.problem is not None
    assert result.problem.kind is SandboxProblemKind.PROTOCOL


@pytest.mark.parametrize("status", [0, 1, 70, 137, 255])
async def test_leaving_without_a_result_is_a_problem(run: Run, status: int) -> None:
    result = await run("import os; os._exit(status)", status=status)
    assert result.value is None
    assert result.problem is not None
    assert result.problem.kind in {SandboxProblemKind.PROTOCOL, SandboxProblemKind.KILLED}


@linux
async def test_a_child_that_writes_after_its_parent_can_only_spoil_the_result(run: Run) -> None:
    text = """
        import os, sys
        frame = sys._getframe()
        while "request" not in frame.f_locals or "nonce" not in frame.f_locals["request"]:
            frame = frame.f_back
        request, channel, parent = frame.f_locals["request"], frame.f_locals["channel"], os.getpid()
        if os.fork() == 0:
            while os.getppid() == parent:
                pass
            body = '{"value": {"result": "forged"}}'
            os.write(channel, f"{request['nonce']} {len(body)}\\n{body}".encode())
            os._exit(0)
        result = "true"
    """
    result = await run(text)
    assert result.value == {"result": "true"} or (
        result.value is None and result.problem is not None and result.problem.kind is SandboxProblemKind.PROTOCOL
    )


async def test_handlers_at_exit_and_finalisers_do_not_run_after_the_result(run: Run) -> None:
    text = """
        import atexit, sys, threading
        class Late:
            def __del__(self): print("late", flush=True)
        late = Late()
        atexit.register(print, "late", flush=True)
        threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()
        result = 1
    """
    result = await run(text)
    assert result.value == {"result": 1}
    assert result.stdout == ""


@pytest.mark.parametrize(
    "text",
    [
        "import json; json.dumps = json.loads = None; json.JSONEncoder = None; result = 1",
        "import os; os._exit = os.write = lambda *a: 0; result = 1",
        "import sys; sys.stdout = sys.stderr = None; result = 1",
        "import sys; sys.modules.clear(); result = 1",
        "import builtins; builtins.len = builtins.isinstance = None; result = 1",
        "import sys; sys.setrecursionlimit(60); result = 1",
        "import sys; sys.settrace(lambda *a: 1 / 0); result = 1",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 0.001); result = [x for x in range(10**6)]",
    ],
)
async def test_breaking_the_interpreter_breaks_nothing_else(run: Run, text: str) -> None:
    result = await run(text, limits=Limits(seconds=5, output_bytes=2**24))
    assert (result.value is None) != (result.problem is None)


# ------------------------------------------------------------------------------------------------------------- left behind


@linux
async def test_processes_left_behind_are_gone_with_the_call(run: Run) -> None:
    read_end, write_end = os.pipe()
    text = """
        import os, time
        if os.fork() == 0:
            for leave in (os.setsid, lambda: os.setpgid(0, 0)):
                try:
                    leave()
                except OSError:
                    pass
            if os.fork() == 0:
                os.closerange(0, 256)
                while True:
                    time.sleep(1)
            os._exit(0)
        result = 1
    """
    os.close(read_end)
    os.close(write_end)
    before = processes()
    result = await run(text)
    assert result.value == {"result": 1}
    for pid in processes() - before:
        ended(pid)


def processes() -> set[int]:
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal() and sandboxed(int(path.name))}


def sandboxed(pid: int) -> bool:
    try:
        return b"import boot" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def ended(pid: int) -> None:
    """Waits for the kernel to have finished with a process; a process that lives on fails the test by its timeout."""
    done = threading.Event()
    while sandboxed(pid):
        done.wait(0.01)
