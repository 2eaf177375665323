"""The filter of system calls decides as its tables say, on both machines, for every number there is."""

import errno
import os
import struct

import pytest

from lift_sys.judges.sandbox.inside import seccomp
from lift_sys.judges.sandbox.inside.syscalls import ALLOWED, CHECKED, MACHINES, WRITING

ALLOW, EPERM = "allow", f"errno {errno.EPERM}"
NEW_NAMESPACES = [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
THREAD = 0x3D0F00


def decide(code: bytes, machine: int, number: int, *args: int) -> str:
    """Run a filter as the kernel would, and return its decision."""
    given = (args + (0,) * 6)[:6]
    data = struct.pack("=IIQ6Q", number, machine, 0, *given)
    lines = list(struct.iter_unpack("=HBBI", code))
    place, held = 0, 0
    while True:
        what, yes, no, value = lines[place]
        place += 1
        if what == 0x20:
            (held,) = struct.unpack_from("=I", data, value)
        elif what == 0x54:
            held &= value
        elif what == 0x05:
            place += value
        elif what in (0x15, 0x35):
            place += yes if (held == value if what == 0x15 else held >= value) else no
        else:
            assert what == 0x06
            return {0x7FFF0000: ALLOW, 0x80000000: "kill"}.get(value, f"errno {value & 0xFFFF}")


def machine_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this be another machine."""
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "here", "6", "1", name)))


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each machine there is a table for."""
    machine_is(request.param, monkeypatch)
    return str(request.param)


@pytest.mark.parametrize("writes", [True, False])
def test_every_number_is_decided_as_the_tables_say(machine: str, writes: bool) -> None:
    """What is listed is allowed, and nothing else: not past the tables, not among the numbers of x32."""
    code = seccomp.build(1, writes=writes)
    allowed = {*ALLOWED[machine].values(), *(WRITING[machine].values() if writes else ())}
    checked = set(CHECKED[machine].values())

    for number in [*range(1000), 0x40000000, 0x4000003A, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]:
        if number not in checked:
            assert decide(code, MACHINES[machine], number) == (ALLOW if number in allowed else EPERM), number


def test_calls_by_another_machine_end_the_process(machine: str) -> None:
    """There the numbers mean other calls."""
    assert decide(seccomp.build(1, writes=True), 0x40000003, 1) == "kill"


def test_the_arguments_decide(machine: str) -> None:
    """Threads but no processes, pairs but no sockets, oneself but nobody else."""
    code, calls = seccomp.build(7, writes=True), CHECKED[machine]

    def decided(name: str, *args: int) -> str:
        return decide(code, MACHINES[machine], calls[name], *args)

    mixed = [THREAD | new for new in NEW_NAMESPACES]
    assert decided("clone", THREAD) == ALLOW
    assert {decided("clone", flags) for flags in (0, 17, 0x4111, *mixed)} == {EPERM}
    assert decided("clone3") == f"errno {errno.ENOSYS}"
    assert [decided("kill", pid, 9) for pid in (7, 8, 0, 2**32 - 1)] == [ALLOW, EPERM, EPERM, EPERM]
    assert [decided("tgkill", pid, 9) for pid in (7, 1)] == [ALLOW, EPERM]
    assert [decided("prlimit64", pid) for pid in (0, 7)] == [ALLOW, EPERM]
    assert [decided("socketpair", family) for family in (1, 2, 16)] == [ALLOW, EPERM, EPERM]
    assert [decided("sendto", 3, 0, 0, 0, where) for where in (0, 1, 1 << 32)] == [ALLOW, EPERM, EPERM]
    assert [decided("fcntl", 3, what) for what in (1, 3, 8, 10, 15, 1024)] == [ALLOW] * 2 + [EPERM] * 4
    assert [decided("ioctl", 3, what) for what in (0x5401, 0x5412)] == [ALLOW, f"errno {errno.ENOTTY}"]
    assert decided("getxattr") == f"errno {errno.ENOTSUP}"


def test_what_must_never_be_allowed_is_in_no_table(machine: str) -> None:
    """By name, so that a slip in a table is seen."""
    never = """execve execveat fork vfork ptrace memfd_create mount umount2 unshare setns pivot_root chroot socket
    connect bind accept sendmsg recvmsg kcmp bpf io_uring_setup keyctl add_key shmget msgget semget userfaultfd
    perf_event_open process_vm_readv pidfd_open pidfd_getfd pidfd_send_signal tkill rt_sigqueueinfo setuid setresuid
    capset init_module open_by_handle_at mknod mknodat prctl seccomp personality quotactl reboot swapon chown"""

    assert not set(never.split()) & {*ALLOWED[machine], *WRITING[machine], *CHECKED[machine]}


def test_a_machine_without_a_table_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing numbers would open doors."""
    machine_is("riscv64", monkeypatch)

    with pytest.raises(OSError, match="no table of system calls for riscv64"):
        seccomp.build(os.getpid(), writes=True)
