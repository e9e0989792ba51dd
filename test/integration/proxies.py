# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""socks_proxy with curl and netcat; udp_echo with netcat."""

import contextlib
import socket
import threading
import time

from harness import expect, expect_equal
from web import CURL, LARGE


@contextlib.contextmanager
def answers_at_the_end():
    """A server that says how much it got, once the client has said all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    with peer:
                        peer.settimeout(20)
                        size = 0
                        while data := peer.recv(65536):
                            size += len(data)
                        peer.sendall(f"{size} bytes\n".encode())
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        # Closing alone does not wake up who accepts.
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        thread.join(20)


def exactly(sender, size):
    data = b""
    while len(data) < size and (more := sender.recv(size - len(data))):
        data += more
    return data


def socks_proxy(run):
    run.file("root/large.bin", LARGE)
    _, web_port = run.example("http_server", run.directory / "root")
    server, port = run.example("socks_proxy", "0")
    proxy = f"127.0.0.1:{port}"
    without_exceptions = [word for word in CURL if word not in ("--noproxy", "*")] + ["--noproxy", ""]

    def through(scheme, url, **options):
        return run.call([*without_exceptions, "--proxy", f"{scheme}://{proxy}", url], **options)

    with run.check("curl, by address (socks5)"):
        expect(through("socks5", f"http://127.0.0.1:{web_port}/large.bin") == LARGE, "the body differs")
    with run.check("curl, by name (socks5h)"):
        expect(through("socks5h", f"http://localhost:{web_port}/large.bin") == LARGE, "the body differs")
    with run.check("curl, by an address of IPv6"):
        with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
            def serve():
                peer, _ = listening.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nby IPv6")
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            expect_equal(through("socks5", f"http://[::1]:{listening.getsockname()[1]}/"), b"by IPv6", "body")
            thread.join(20)
    with run.check("curl hears that nobody listens, and that there is no such name"):
        proxy_failed = 97  # exit status of curl
        through("socks5", "http://127.0.0.1:1/", status=proxy_failed)
        through("socks5h", "http://no.such.name.invalid/", status=proxy_failed)
    with run.check("a client that has no method in common is told so"):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            with_password_only = b"\5\1\2"
            client.sendall(with_password_only)
            expect_equal(client.recv(100), b"\5\xff", "answer")
            expect_equal(client.recv(100), b"", "what follows")
    with run.check("netcat: the answer comes after the end of the question"):
        with answers_at_the_end() as target:
            for size in (0, 10, len(LARGE)):
                said = run.call(["nc", "-N", "-X", "5", "-x", proxy, "127.0.0.1", target], input=LARGE[:size])
                expect_equal(said, f"{size} bytes\n".encode(), "answer")
    with run.check("40 connections at once"):
        with answers_at_the_end() as target:
            source = run.file("source", LARGE[:1_000_000])
            clients = []
            for number in range(40):
                clients.append(run.start(["bash", "-c", f"nc -N -X 5 -x {proxy} 127.0.0.1 {target} < {source}"], "nc"))
            for client in clients:
                expect_equal(client.wait(), 0, "exit status of nc")
                expect_equal(client.output(), "1000000 bytes\n", "answer")
    with run.check("a tunnel that carries nothing is closed, one that is used in one direction is not"):
        _, hasty = run.example("socks_proxy", "0", "1")
        with socket.create_server(("127.0.0.1", 0)) as listening:
            connect = b"\5\1\0\1\x7f\0\0\1" + listening.getsockname()[1].to_bytes(2, "big")
            with socket.create_connection(("127.0.0.1", hasty), timeout=20) as client:
                client.sendall(b"\5\1\0" + connect)
                peer, _ = listening.accept()
                with peer:
                    expect_equal(len(exactly(client, 12)), 12, "size of the answer")
                    for _ in range(6):
                        time.sleep(0.3)
                        peer.sendall(b"x")
                    expect_equal(exactly(client, 6), b"xxxxxx", "what came")
                    expect_equal(client.recv(100), b"", "what follows")
    with run.check("an orderly end"):
        run.end(server)


def udp_echo(run):
    server, port = run.example("udp_echo", "0")

    with run.check("netcat"):
        # It has no other end than silence.
        said = run.call(["nc", "-u", "-w", "1", "127.0.0.1", port], input=b"hello\n")
        expect_equal(said, b"hello\n", "answer")
    with run.check("datagrams of every size, from several at once"):
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(10)]
            for one in sockets:
                one.settimeout(5)
                one.connect(("127.0.0.1", port))
            for size in (0, 1, 1400, 1500):
                for number, one in enumerate(sockets):
                    one.send(bytes([number]) * size)
                for number, one in enumerate(sockets):
                    expect(one.recv(65536) == bytes([number]) * size, f"{size} bytes came back otherwise")
    with run.check("an orderly end"):
        run.end(server)
