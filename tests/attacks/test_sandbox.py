"""Attempts to leave a sandbox or to see more than one project: each must fail, in every way of running."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from hub.sandbox import cgroup
from tests.hub.cell import HUB_TOKEN, Cell
from tests.hub.cell import descendants as _descendants
from tests.hub.fakes import TOKEN
from tests.hub.world import ROOT

pytestmark = pytest.mark.sandbox


SYSTEM_CALL = """
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), "refused")
"""


class TestNetwork:
    def test_services_on_the_host_do_not_answer(self, cell: Cell) -> None:
        port = int(cell.institution.url.rpartition(":")[2])
        assert socket.create_connection(("127.0.0.1", port), 5).close() is None
        for host in ("127.0.0.1", "localhost"):
            assert cell.refusal(f"socket.create_connection(('{host}', {port}), 5)") == "ECONNREFUSED"

    @pytest.mark.parametrize("address", ["1.1.1.1", "10.0.0.1", "169.254.169.254"])
    def test_no_route_leads_outside(self, cell: Cell, address: str) -> None:
        assert cell.refusal(f"socket.create_connection(('{address}', 80), 5)") == "ENETUNREACH"
        assert (
            cell.refusal(f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('{address}', 53))")
            == "ENETUNREACH"
        )

    def test_no_route_leads_outside_over_ipv6(self, cell: Cell) -> None:
        attempt = "socket.create_connection(('2606:4700:4700::1111', 80), 5)"
        assert cell.refusal(attempt) in {"ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"}

    def test_names_do_not_resolve(self, cell: Cell) -> None:
        assert cell.refusal("socket.getaddrinfo('example.org', 80)") != "possible"

    @pytest.mark.parametrize(
        "family", ["AF_PACKET", "AF_VSOCK", "AF_ALG", "AF_BLUETOOTH", "AF_CAN", "AF_TIPC"]
    )
    def test_other_families_do_not_exist(self, cell: Cell, family: str) -> None:
        assert cell.refusal(f"socket.socket(socket.{family}, socket.SOCK_RAW)") == "EAFNOSUPPORT"

    def test_netlink_tells_of_no_interface_but_loopback(self, cell: Cell) -> None:
        assert cell.run("import socket; print([name for _, name in socket.if_nameindex()])") == "['lo']"
        assert cell.refusal("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)") != "possible"

    def test_abstract_sockets_of_the_host_are_out_of_reach(self, cell: Cell) -> None:
        name = f"\0enclave-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(name)
            listening.listen()
            attempt = f"socket.socket(socket.AF_UNIX).connect({name!r})"
            assert cell.refusal(attempt) == "ECONNREFUSED"


class TestFiles:
    def test_own_data_are_there_and_nothing_of_another_project(self, cell: Cell) -> None:
        assert cell.run("import os; print(os.listdir('/data'))") == "['project.json']"
        found = cell.run("""
            import os
            for place, directories, files in os.walk("/"):
                if place in ("/proc", "/usr", "/enclave/env"):
                    directories.clear()
                for name in files:
                    if name in ("secret.csv", "jupyterhub.sqlite", "hub_service_token", "enclave.sqlite"):
                        print(place, name)
        """)
        assert found == ""

    @pytest.mark.parametrize(
        "path",
        [
            str(Path.home()),
            str(ROOT),
            "/var",
            "/sys",
            "/etc/shadow",
            "/etc/hostname",
            "/boot",
        ],
    )
    def test_directories_of_the_host_are_not_there(self, cell: Cell, path: str) -> None:
        assert cell.refusal(f"os.stat('{path}')") == "ENOENT"

    def test_only_the_own_home_exists(self, cell: Cell) -> None:
        assert cell.run("import os; print(os.listdir('/home'))") == "['researcher']"

    def test_services_cannot_be_imported(self, cell: Cell) -> None:
        for package in ("api", "hub", "deploy"):
            status, _, error = cell.attempt(f"import {package}")
            assert status == 1
            assert "ModuleNotFoundError" in error

    def test_the_output_checker_can_be_imported(self, cell: Cell) -> None:
        assert cell.run("import output_checker; print(output_checker.__file__)").startswith("/enclave/lib/")

    @pytest.mark.parametrize(
        "path",
        ["/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/dev/mem", "/dev/kvm", "/dev/fuse"],
    )
    def test_devices_of_the_kernel_are_closed(self, cell: Cell, path: str) -> None:
        assert cell.refusal(f"open('{path}', 'rb').read(1)") in {"ENOENT", "EACCES", "EPERM"}

    @pytest.mark.parametrize(
        "path", ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches"]
    )
    def test_settings_of_the_kernel_are_closed(self, cell: Cell, path: str) -> None:
        assert cell.refusal(f"open('{path}', 'w').write('1')") in {"ENOENT", "EACCES", "EPERM", "EROFS"}

    @pytest.mark.parametrize(
        "path",
        [
            "/x", "/data/x", "/usr/x", "/etc/x", "/etc/passwd", "/dev/x", "/run/x", "/run/enclave/x", "/home/x",
            "/enclave/env/x", "/enclave/lib/x", "/enclave/lib/output_checker/x", "/enclave/workplace/launch.py",
        ],
    )  # fmt: skip
    def test_only_home_and_scratch_can_be_written(self, cell: Cell, path: str) -> None:
        assert cell.refusal(f"open('{path}', 'a').write('x')") in {"EROFS", "EACCES"}

    def test_home_and_scratch_can_be_written(self, cell: Cell) -> None:
        for path in ("/home/researcher/x", "/tmp/x", "/dev/shm/x"):  # noqa: S108 - in the sandbox
            assert cell.refusal(f"open('{path}', 'a').write('x')") == "possible"

    def test_one_file_has_a_largest_size(self, cell: Cell) -> None:
        assert (
            cell.refusal("os.truncate(os.open('/home/researcher/f', os.O_CREAT | os.O_RDWR), 2**40)")
            == "EFBIG"
        )

    def test_sockets_cannot_be_replaced_by_links(self, cell: Cell) -> None:
        assert cell.refusal("os.unlink('/run/enclave/hub.sock')") in {"EROFS", "EACCES"}
        assert cell.refusal("os.symlink('/tmp/decoy', '/run/enclave/notebook.sock')") in {"EROFS", "EACCES"}
        # The socket of the notebook itself has no path in here at all.
        assert cell.refusal("os.stat('/run/enclave/hub.sock')") == "possible"
        assert cell.refusal("os.stat('/run/enclave/notebook.sock')") == "ENOENT"

    def test_a_flood_of_scratch_files_stops(self, cell: Cell) -> None:
        flood = """
            import os
            written = 0
            try:
                with open("/dev/shm/flood", "wb") as file:
                    while written < 2**30:
                        written += file.write(b"x" * 2**20)
                        file.flush()
            except OSError as error:
                print(error.errno, written // 2**20)
            os.unlink("/dev/shm/flood")
        """
        assert cell.run(flood) in {"28 64", "28 63"}
        assert cell.run("import os; s = os.statvfs('/tmp'); print(s.f_blocks * s.f_frsize)") == str(
            256 * 2**20
        )


class TestKernel:
    def test_no_right_is_left(self, cell: Cell) -> None:
        status = cell.run("print(open('/proc/self/status').read())")
        values = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert {values[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb")} == {"0" * 16}
        assert (values["NoNewPrivs"], values["Seccomp"]) == ("1", "2")
        assert values["Uid"].split() == ["1000"] * 4

    def test_every_mount_ignores_set_user_id_and_devices(self, cell: Cell) -> None:
        mounts = [
            line.split() for line in cell.run("print(open('/proc/self/mountinfo').read())").splitlines()
        ]
        options = {mount[4]: mount[5].split(",") for mount in mounts}
        assert all("nosuid" in chosen for chosen in options.values())
        # Of devices only the harmless ones that bubblewrap binds one by one.
        assert all("nodev" in chosen or place.startswith("/dev") for place, chosen in options.items())

    @pytest.mark.parametrize(
        ("attempt", "number", "arguments"),
        [
            ("mount", 165, "b'none', b'/tmp', b'tmpfs', 0, None"),
            ("umount2", 166, "b'/data', 2"),
            ("pivot_root", 155, "b'/tmp', b'/tmp'"),
            ("unshare user", 272, "0x10000000"),
            ("setns", 308, "0, 0"),
            ("ptrace", 101, "0, 0, 0, 0"),
            ("process_vm_readv", 310, "1, None, 0, None, 0, 0"),
            ("pidfd_getfd", 438, "0, 0, 0"),
            ("io_uring_setup", 425, "1, None"),
            ("bpf", 321, "0, None, 0"),
            ("perf_event_open", 298, "None, 0, -1, -1, 0"),
            ("userfaultfd", 323, "0"),
            ("keyctl", 250, "0, 0, 0, 0"),
            ("open_by_handle_at", 304, "0, None, 0"),
            ("mknod device", 133, "b'/tmp/null', 0o20666, 0x103"),
            ("kexec_load", 246, "0, 0, None, 0"),
            ("init_module", 175, "None, 0, b''"),
            ("chroot", 161, "b'/tmp'"),
            ("open_tree", 428, "-100, b'/', 1"),
        ],
    )
    def test_calls_that_break_out_are_refused(
        self, cell: Cell, attempt: str, number: int, arguments: str
    ) -> None:
        assert cell.refusal(f"{SYSTEM_CALL}\ncall({number}, {arguments})") == "EPERM", attempt

    def test_clone_makes_no_namespace(self, cell: Cell) -> None:
        assert cell.refusal(f"{SYSTEM_CALL}\ncall(56, 0x10000011, 0, 0, 0, 0)") == "ENOSYS"
        # clone3 hides its flags from the filter, so it does not exist here.
        assert cell.refusal(f"{SYSTEM_CALL}\ncall(435, None, 0)") == "ENOSYS"

    def test_no_other_user_can_be_become(self, cell: Cell) -> None:
        assert cell.refusal("os.setuid(0)") in {"EPERM", "EINVAL"}
        assert cell.refusal("os.setgroups([0])") == "EPERM"

    def test_calls_of_the_x32_abi_kill(self, cell: Cell) -> None:
        status, _, _ = cell.attempt("import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39)")
        assert status == -31  # SIGSYS

    def test_calls_of_the_32_bit_abi_kill(self, cell: Cell) -> None:
        status, out, _ = cell.attempt("""
            import ctypes, mmap
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(bytes.fromhex("b814000000cd80c3"))  # getpid by int 0x80
            print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
        """)
        assert (status, out) in {(-31, ""), (-11, "")}  # SIGSYS; SIGSEGV where the kernel has no such ABI


class TestProcesses:
    def test_only_own_processes_are_seen(self, cell: Cell) -> None:
        seen = cell.run("import os; print(len([name for name in os.listdir('/proc') if name.isdigit()]))")
        assert int(seen) <= 4

    def test_a_fork_bomb_stops(self, cell: Cell) -> None:
        bomb = """
            import os, signal, time
            children = []
            try:
                while len(children) < 500:
                    child = os.fork()
                    if child == 0:
                        time.sleep(20)
                        os._exit(0)
                    children.append(child)
            except OSError as error:
                print(error.errno, len(children))
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        """
        number, started = cell.run(bomb).split()
        assert number == "11"  # EAGAIN
        assert int(started) < 60

    def test_memory_ends_at_its_limit(self, cell: Cell) -> None:
        status, out, error = cell.attempt("""
            held = []
            for mebibytes in range(0, 2048, 32):
                held.append(b"x" * (32 * 2**20))
                print(mebibytes, flush=True)
        """)
        assert status == -9 or "MemoryError" in error
        assert int(out.splitlines()[-1]) < 512
        assert cell.run("print('alive')") == "alive"

    def test_sandbox_and_relay_have_users_of_their_own_where_root_can_give_them(self, cell: Cell) -> None:
        groups = cell.record.cgroups
        relay = [place for place in groups if place.name.endswith("-relay")]
        if cell.as_root:
            everybody = {
                300_007: cgroup.processes(relay),
                200_007: cgroup.processes(set(groups) - set(relay)),
            }
        else:
            # Who is no root has no users to give: then only namespaces keep them apart, as the other tests show.
            everybody = {cell.operator: set(map(int, _descendants(cell.door.pid)))}
        for user, numbers in everybody.items():
            assert {Path(f"/proc/{number}").stat().st_uid for number in numbers} == {user}

    def test_bridge_and_guard_can_do_nothing_that_root_can(self, cell: Cell) -> None:
        numbers = map(int, _descendants(cell.door.pid))
        relays = [n for n in numbers if b"hub.relay" in Path(f"/proc/{n}/cmdline").read_bytes()]
        assert relays
        for number in relays:
            status = Path(f"/proc/{number}/status").read_text()
            assert "CapEff:\t0000000000000000" in status
            assert not cell.as_root or "Uid:\t300007\t300007\t300007\t300007" in status
            assert not cell.as_root or "Groups:\t \n" in status

    def test_bridge_and_guard_see_no_secret_and_no_data(self, cell: Cell) -> None:
        relays = [int(name) for name in _descendants(cell.door.pid)]
        relay = [number for number in relays if b"hub.relay" in Path(f"/proc/{number}/cmdline").read_bytes()][
            -1
        ]
        root = Path(f"/proc/{relay}/root")
        assert sorted(path.name for path in (root / "enclave").iterdir()) == ["assets", "env", "lib"]
        assert not (root / "data").exists()
        assert not (root / str(cell.base).lstrip("/")).exists()


class TestSecrets:
    def test_the_environment_holds_one_token_and_it_is_of_this_server(self, cell: Cell) -> None:
        names = cell.run(
            "import os; print('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))"
        ).splitlines()
        assert [name for name in names if "TOKEN" in name or "SECRET" in name] == [
            f"JUPYTERHUB_API_TOKEN={HUB_TOKEN}"
        ]
        host = [str(ROOT), str(cell.base), os.environ.get("HOSTNAME", "no-name-here")]
        assert not any(word in name for name in names for word in host)

    def test_no_process_of_the_sandbox_holds_the_api_token(self, cell: Cell) -> None:
        found = cell.run("""
            import glob
            for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
                print(open(path, "rb").read())
        """)
        assert TOKEN not in found

    def test_command_lines_on_the_host_hold_no_token(self, cell: Cell) -> None:
        lines = subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, check=True).stdout
        assert b"hub.door" in lines
        assert HUB_TOKEN.encode() not in lines
        assert TOKEN.encode() not in lines

    def test_the_register_holds_no_token(self, cell: Cell) -> None:
        text = (cell.record.directory / "sandbox.json").read_text()
        assert HUB_TOKEN not in text
        assert TOKEN not in text
