"""Streamed bundles against nginx serving one ready file of the same bytes to the same client.

Three questions: bytes a second and processor time for each gigabyte, taking turns; how much memory a 4 GB bundle costs;
and whether the search page notices two hundred slow downloads.
"""

import hashlib
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
FILE_BYTES, FILES = 128 << 20, 8
SPARSE_BYTES, SPARSE_FILES = 1 << 30, 4
SLOW_CLIENTS, SLOW_PIECE_BYTES, SLOW_PAUSE_S = 200, 64 << 10, 1.0
PAGE_LOADS = 60
SEARCH = "/search/?collection=observations&q=10.5+41.2+r%3D2m"
NGINX_CONFIGURATION = """
daemon off; worker_processes 1; pid {home}/nginx.pid; error_log {home}/nginx.err;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on; tcp_nopush on; client_body_temp_path {home}/nginx-body;
  proxy_temp_path {home}/n1; fastcgi_temp_path {home}/n2; uwsgi_temp_path {home}/n3; scgi_temp_path {home}/n4;
  server {{ listen 127.0.0.1:{port}; root {home}/ready; }}
}}
"""


def main() -> int:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        print("this benchmark compares with nginx, which is not here; on Debian: apt-get install nginx-light")
        return 1
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-zip-")))
        stack.enter_context(portal_database(home))
        bundle, sparse = fill(home)
        servers = stack.enter_context(running_servers(home, nginx))
        ready = make_ready(home, servers.downloads, bundle)
        measure_memory(servers, sparse)
        compare_speed(servers, bundle, ready)
        measure_pages(servers, sparse)
    return 0


# The archive ---------------------------------------------------------------------------------------------------------


@contextmanager
def portal_database(home: Path) -> Iterator[None]:
    """An embedded database of its own, with the portal's tables."""
    from mastportal.embedded.postgres import Postgres

    with Postgres(home, durable=False).running() as server:
        port = free_port()
        os.environ |= {
            "DATABASE_URL": server.url,
            "PORTAL_HOME": str(home),
            "PORT": str(port),
            "DOWNLOAD_PORT": str(free_port()),
            "DOWNLOAD_DOOR": "on",
            "DJANGO_SETTINGS_MODULE": "mastportal.settings",
            "RESOLVER": "holdings",
        }
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connection.close()


def fill(home: Path) -> tuple[str, str]:
    """Two bundles of an observation's files: one of real bytes, one of sparse files; their addresses."""
    from archive.models import Observation

    own = Observation.objects.create(obs_collection="JWST", obs_id="bench", s_ra=10.5, s_dec=41.2)
    block = os.urandom(1 << 20)
    real = frozen(own, [held(own, home, f"real{n}.fits", FILE_BYTES, block) for n in range(FILES)])
    sparse = frozen(own, [held(own, home, f"sparse{n}.fits", SPARSE_BYTES, b"") for n in range(SPARSE_FILES)])
    return real, sparse


def held(own: object, home: Path, name: str, size_bytes: int, block: bytes) -> int:
    """A file in the store, of repeated blocks or of nothing."""
    from archive.models import Held, Observation, Product

    assert isinstance(own, Observation)
    place = home / "storage" / "bench" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    crc32 = 0
    with place.open("wb") as file:
        for _ in range(size_bytes // len(block) if block else 0):
            file.write(block)
            crc32 = zlib.crc32(block, crc32)
        file.truncate(size_bytes)
    return Product.objects.create(
        uri=f"mast:JWST/product/{name}", observation=own, filename=name, extension=".fits", size_bytes=size_bytes,
        sha256=hashlib.sha256(name.encode()).hexdigest(), crc32=crc32, storage_key=f"bench/{name}", held=Held.YES,
    ).pk  # fmt: skip


def frozen(own: object, products: list[int]) -> str:
    from archive.clock import archive_now
    from archive.models import Product
    from basket.models import DeliveryKind
    from basket.selection import freeze

    delivery = freeze(DeliveryKind.ZIP, Product.objects.filter(pk__in=products), None, archive_now(), name="bench")
    return f"/basket/bundles/{delivery.pk}/bench.zip"


# The servers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    port: int
    process: psutil.Process

    def processor_s(self) -> float:
        """User and system seconds of the server and its children so far."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)

    def memory_bytes(self) -> int:
        """Unique memory of the server and its children."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_full_info().uss for one in family)


@dataclass(frozen=True)
class Servers:
    web: Server
    downloads: Server
    nginx: Server


@contextmanager
def running_servers(home: Path, nginx: str) -> Iterator[Servers]:
    from django.conf import settings

    from mastportal.launcher import commands

    for name in ("ready", "static"):
        (home / name).mkdir()
    home.chmod(0o755)
    port = free_port()
    configuration = home / "nginx.conf"
    configuration.write_text(NGINX_CONFIGURATION.format(home=home, port=port))
    with ExitStack() as stack:

        def start(command: list[str], port: int) -> Server:
            child = stack.enter_context(subprocess.Popen(command))
            stack.callback(child.terminate)
            wait_for(port)
            return Server(port, psutil.Process(child.pid))

        yield Servers(
            web=start(commands.web(f"127.0.0.1:{settings.PORT}", home), settings.PORT),
            downloads=start(commands.downloads(f"127.0.0.1:{settings.DOWNLOAD_PORT}", home), settings.DOWNLOAD_PORT),
            nginx=start([nginx, "-c", str(configuration), "-p", str(home), "-e", str(home / "nginx.err")], port),
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, patience_s: float = 120) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def make_ready(home: Path, downloads: Server, bundle: str) -> str:
    """The bundle as a file that lies ready for nginx."""
    with (home / "ready" / "bench.zip").open("wb") as file:
        fetch(downloads.port, bundle, file.write)
    return "/bench.zip"


# The client ----------------------------------------------------------------------------------------------------------


def fetch(port: int, address: str, take: Callable[[memoryview], object] | None = None) -> int:
    """GET over a raw socket; the bytes of the body. The client is the same for every server and keeps nothing."""
    buffer = memoryview(bytearray(1 << 20))
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        head, rest = read_head(peer)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{address}: {head.splitlines()[0].decode()}")
        number = len(rest)
        if take:
            take(memoryview(rest))
        while got := peer.recv_into(buffer):
            number += got
            if take:
                take(buffer[:got])
    return number


def read_head(peer: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = peer.recv(65536)
        if not piece:
            raise RuntimeError("the server closed the connection before its headers were complete")
        received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


# The questions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speed:
    mb_per_s: float
    processor_s_per_gb: float


def timed(server: Server, address: str) -> Speed:
    processor_s, started = server.processor_s(), time.perf_counter()
    number = fetch(server.port, address)
    seconds = time.perf_counter() - started
    return Speed(number / 1e6 / seconds, (server.processor_s() - processor_s) / number * 1e9)


def compare_speed(servers: Servers, bundle: str, ready: str) -> None:
    methods = {"zip, streamed": (servers.downloads, bundle), "nginx, ready file": (servers.nginx, ready)}
    found: dict[str, list[Speed]] = {name: [] for name in methods}
    for turn in range(ROUNDS + 1):
        for name in list(methods)[:: 1 if turn % 2 else -1]:
            speed = timed(*methods[name])
            if turn:  # the first turn fills the page cache
                found[name].append(speed)
    medians = {
        name: Speed(
            statistics.median(speed.mb_per_s for speed in speeds),
            statistics.median(speed.processor_s_per_gb for speed in speeds),
        )
        for name, speeds in found.items()
    }
    print(f"{FILES} files of {FILE_BYTES >> 20} MiB, median of {ROUNDS} turns")
    for name, speed in medians.items():
        print(f"  {name:20} {speed.mb_per_s:7.0f} MB/s   {speed.processor_s_per_gb:5.2f} processor s/GB")
    ours, theirs = medians.values()
    each = statistics.median(a.mb_per_s / b.mb_per_s for a, b in zip(*found.values(), strict=True))
    print(f"  bytes a second, zip to nginx:      {ours.mb_per_s / theirs.mb_per_s:5.2f} (turn by turn {each:.2f})")
    print(f"  processor time a byte, zip to nginx: {ours.processor_s_per_gb / theirs.processor_s_per_gb:5.2f}")


def measure_memory(servers: Servers, sparse: str) -> None:
    before = servers.downloads.memory_bytes()
    peak, looked = before, 0.0

    def watch(_: memoryview) -> None:
        nonlocal peak, looked
        if time.monotonic() - looked > 0.05:
            peak, looked = max(peak, servers.downloads.memory_bytes()), time.monotonic()

    number = fetch(servers.downloads.port, sparse, watch)
    print(f"memory of the download door: {(peak - before) / 2**20:.1f} MiB more while {number / 1e9:.2f} GB went out")


def slow_readers(port: int, address: str, stop: "multiprocessing.synchronize.Event") -> None:
    """Many downloads at once, each of which takes a little once a second."""
    request = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    with ExitStack() as stack:
        peers = [stack.enter_context(socket.socket()) for _ in range(SLOW_CLIENTS)]
        for peer in peers:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_PIECE_BYTES)
            peer.connect(("127.0.0.1", port))
            peer.sendall(request)
            peer.setblocking(False)
        while not stop.wait(SLOW_PAUSE_S):
            for peer in peers:
                with suppress(BlockingIOError):
                    if not peer.recv(SLOW_PIECE_BYTES):
                        raise RuntimeError("a slow download was ended by the server")


@contextmanager
def slow_clients(port: int, address: str) -> Iterator[None]:
    stop = multiprocessing.Event()
    readers = multiprocessing.Process(target=slow_readers, args=(port, address, stop))
    readers.start()
    time.sleep(5)
    if not readers.is_alive():
        raise RuntimeError("the slow downloads did not begin")
    try:
        yield
    finally:
        stop.set()
        readers.join()
    if readers.exitcode:
        raise RuntimeError("a slow download was ended by the server")


def page_ms(port: int) -> float:
    started = time.perf_counter()
    fetch(port, SEARCH)
    return (time.perf_counter() - started) * 1e3


def measure_pages(servers: Servers, sparse: str) -> None:
    """The same page with and without the slow downloads, in turns."""
    for _ in range(10):
        page_ms(servers.web.port)
    alone: list[float] = []
    beside: list[float] = []
    before = servers.downloads.memory_bytes()
    for _ in range(3):
        alone += [page_ms(servers.web.port) for _ in range(PAGE_LOADS // 3)]
        with slow_clients(servers.downloads.port, sparse):
            beside += [page_ms(servers.web.port) for _ in range(PAGE_LOADS // 3)]
            during = servers.downloads.memory_bytes()
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"search page, median: {statistics.median(alone):.1f} ms alone, {statistics.median(beside):.1f} ms beside")
    print(f"  {SLOW_CLIENTS} slow downloads: ratio {ratio:.2f}")
    print(f"  memory of the download door: {(during - before) / 2**20 / SLOW_CLIENTS:.2f} MiB for each slow client")


if __name__ == "__main__":
    sys.exit(main())
