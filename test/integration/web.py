# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""HTTP: http_server, https_server, file_server, crawler, and the end of a server under load."""

import concurrent.futures
import contextlib
import re
import signal
import socket
import subprocess
import time

from harness import expect, expect_equal, wait_until

# Neither proxies of the environment nor anybody's settings.
CURL = ["curl", "-q", "--noproxy", "*", "--silent", "--show-error", "--max-time", "25"]
LARGE = bytes(range(256)) * 40_000  # more than the buffers of a connection hold


def status_of(run, *arguments, **options):
    return run.call([*CURL, "--output", "/dev/null", "--write-out", "%{http_code}", *arguments], **options).decode()


def expect_status(run, wanted, *arguments):
    expect_equal(status_of(run, *arguments), wanted, "status")


def http_server(run):
    run.file("root/index.html", "<h1>weft</h1>\n")
    run.file("root/large.bin", LARGE)
    run.file("secret.txt", "secret\n")
    server, port = run.example("http_server", run.directory / "root")
    url = f"http://127.0.0.1:{port}"

    with run.check("GET"):
        expect_equal(run.call([*CURL, f"{url}/"]), b"<h1>weft</h1>\n", "body")
    with run.check("a large file arrives whole"):
        expect(run.call([*CURL, f"{url}/large.bin"]) == LARGE, "the body differs")
    with run.check("HEAD"):
        head = run.call([*CURL, "--head", f"{url}/large.bin"]).decode()
        expect("HTTP/1.1 200 OK" in head and f"Content-Length: {len(LARGE)}" in head, head)
    with run.check("two requests on one connection"):
        connects = run.call([*CURL, "--output", "/dev/null", "--output", "/dev/null",
                             "--write-out", "%{num_connects} ", f"{url}/", f"{url}/large.bin"])
        expect_equal(connects, b"1 0 ", "new connections")
    with run.check("ranges"):
        expect_equal(run.call([*CURL, "--range", "300-309", f"{url}/large.bin"]), LARGE[300:310], "part")
        expect_equal(run.call([*CURL, "--range", "-5", f"{url}/large.bin"]), LARGE[-5:], "end")
        expect_status(run, "206", "--range", "0-0", f"{url}/large.bin")
        expect_status(run, "416", "--range", "99999999-", f"{url}/large.bin")
    with run.check("a download that is resumed"):
        part = run.file("part.bin", LARGE[:1_234_567])
        run.call([*CURL, "--continue-at", "-", "--output", part, f"{url}/large.bin"])
        expect(part.read_bytes() == LARGE, "the file differs")
    with run.check("a body comes back, one that is too large is refused"):
        body = run.file("body", LARGE[:60_000])
        expect(run.call([*CURL, "--data-binary", f"@{body}", f"{url}/echo"]) == LARGE[:60_000], "the body differs")
        large = run.file("body", LARGE[:70_000])
        expect_status(run, "413", "--data-binary", f"@{large}", f"{url}/echo")
    with run.check("404"):
        expect_status(run, "404", f"{url}/missing")
    with run.check("431 for a header that is too large"):
        expect_status(run, "431", "--header", "X-Much: " + "x" * 10_000, f"{url}/")
    with run.check("no way out of the directory"):
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/x/../../secret.txt"):
            expect_status(run, "400", "--path-as-is", url + path)
    with run.check("wrk: 64 connections"):
        said = run.call(["wrk", "--threads", "2", "--connections", "64", "--duration", "2s", "--timeout", "10s", f"{url}/"]).decode()
        served = re.search(r"(\d+) requests in", said)
        expect(served and int(served.group(1)) > 100, said)
        expect("Socket errors" not in said and "Non-2xx" not in said, said)
    with run.check("an orderly end"):
        run.end(server)


def make_certificates(run):
    """Two authorities, and certificates of the first for two names."""
    for name in ("authority", "other"):
        run.call(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                  "-subj", f"/CN={name}", "-keyout", run.directory / f"{name}.key", "-out", run.directory / f"{name}.pem"])
    for host in ("weft.test", "new.test"):
        extensions = run.file(f"{host}.extensions", f"subjectAltName=DNS:{host}\n")
        request = run.directory / f"{host}.csr"
        run.call(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}",
                  "-keyout", run.directory / f"{host}.key", "-out", request])
        run.call(["openssl", "x509", "-req", "-in", request, "-CA", run.directory / "authority.pem", "-CAkey",
                  run.directory / "authority.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
                  "-out", run.directory / f"{host}.pem"])


def https_server(run):
    make_certificates(run)
    run.file("root/index.html", "<h1>weft</h1>\n")
    run.file("root/large.bin", LARGE)
    certificate, key = run.directory / "server.pem", run.directory / "server.key"

    def install(host):
        certificate.write_bytes((run.directory / f"{host}.pem").read_bytes())
        key.write_bytes((run.directory / f"{host}.key").read_bytes())

    install("weft.test")
    server, port = run.example("https_server", run.directory / "root", certificate, key)
    here = ["--resolve", f"weft.test:{port}:127.0.0.1", "--resolve", f"new.test:{port}:127.0.0.1"]
    trust = ["--cacert", run.directory / "authority.pem"]
    bad_certificate = 60  # exit status of curl

    with run.check("GET, with TLS 1.2 and 1.3"):
        for version in ("1.2", "1.3"):
            expect_equal(run.call([*CURL, *here, *trust, f"--tlsv{version}", "--tls-max", version,
                                   f"https://weft.test:{port}/"]), b"<h1>weft</h1>\n", "body")
    with run.check("a large file, in whole and in part"):
        expect(run.call([*CURL, *here, *trust, f"https://weft.test:{port}/large.bin"]) == LARGE, "the body differs")
        expect_equal(run.call([*CURL, *here, *trust, "--range", "9-19", f"https://weft.test:{port}/large.bin"]),
                     LARGE[9:20], "part")
    with run.check("two requests on one connection"):
        connects = run.call([*CURL, *here, *trust, "--output", "/dev/null", "--output", "/dev/null", "--write-out",
                             "%{num_connects} ", f"https://weft.test:{port}/", f"https://weft.test:{port}/large.bin"])
        expect_equal(connects, b"1 0 ", "new connections")
    with run.check("curl refuses another authority and another name"):
        run.call([*CURL, *here, "--cacert", run.directory / "other.pem", f"https://weft.test:{port}/"],
                 status=bad_certificate)
        run.call([*CURL, *here, *trust, f"https://new.test:{port}/"], status=bad_certificate)

    def s_client(*arguments, status):
        return run.call(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "weft.test",
                         "-CAfile", run.directory / "authority.pem", *arguments], status=status,
                        stderr=None).decode(errors="replace")

    with run.check("openssl s_client: verified, ALPN"):
        said = s_client("-alpn", "h2,http/1.1", "-verify_return_error", status=0)
        expect("ALPN protocol: http/1.1" in said and "Verify return code: 0" in said, said)
    with run.check("openssl s_client: TLS 1.1 is refused, and ALPN that the server lacks"):
        # At level 0 the client is willing.
        said = s_client("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", status=1)
        expect("Cipher is (NONE)" in said, said)
        s_client("-alpn", "h2", status=1)
    with run.check("what is not TLS harms nobody"):
        run.call([*CURL, f"http://127.0.0.1:{port}/"], status=None)
        expect_equal(run.call([*CURL, *here, *trust, f"https://weft.test:{port}/"]), b"<h1>weft</h1>\n", "body")
    with run.check("SIGHUP: a new certificate, then a broken one that changes nothing"):
        install("new.test")
        server.signal(signal.SIGHUP)
        server.wait_for_output("read again")
        expect_equal(run.call([*CURL, *here, *trust, f"https://new.test:{port}/"]), b"<h1>weft</h1>\n", "body")
        certificate.write_text("no certificate\n")
        server.signal(signal.SIGHUP)
        server.wait_for_output("the certificate stays")
        expect_equal(run.call([*CURL, *here, *trust, f"https://new.test:{port}/"]), b"<h1>weft</h1>\n", "body")
    with run.check("an orderly end"):
        run.end(server)


def file_server(run):
    root = run.file("root/a folder/inside.txt", "inside\n").parent.parent
    server, port = run.example("file_server", root)
    url = f"http://127.0.0.1:{port}"
    source = run.file("source.bin", LARGE)

    with run.check("a listing, also of a folder without its slash"):
        expect('<a href="./a%20folder/">a folder/</a>' in run.call([*CURL, f"{url}/"]).decode(), "the folder is missing")
        page = run.call([*CURL, "--location", f"{url}/a%20folder"]).decode()
        expect('<a href="./inside.txt">' in page, page)
    with run.check("an upload, fetched again whole and in part"):
        expect_status(run, "201", "--upload-file", source, f"{url}/new.bin")
        expect(run.call([*CURL, f"{url}/new.bin"]) == LARGE, "the body differs")
        expect_equal(run.call([*CURL, "--range", "1000000-1000009", f"{url}/new.bin"]), LARGE[1_000_000:1_000_010], "part")
        expect_status(run, "200", "--upload-file", source, f"{url}/new.bin")
    with run.check("uploads at once, and nothing is left beside them"):
        names = [f"{i}.bin" for i in range(8)]
        some = run.file("some.bin", LARGE[:2_000_000])
        uploads = [run.start([*CURL, "--fail", "--upload-file", some, f"{url}/{name}"]) for name in names]
        for upload in uploads:
            expect_equal(upload.wait(), 0, f"exit status of curl: {upload.output()}; it")
        expect(all((root / name).read_bytes() == LARGE[:2_000_000] for name in names), "a file differs")
        expect_equal(sorted(path.name for path in root.iterdir()), sorted([*names, "a folder", "new.bin"]), "the directory")
    with run.check("what cannot be put is refused"):
        expect_status(run, "404", "--upload-file", source, f"{url}/missing/x")
        expect_status(run, "409", "--upload-file", source, f"{url}/a%20folder")
        expect_status(run, "400", "--path-as-is", "--upload-file", source, f"{url}/../x")
        expect_status(run, "413", "--upload-file", run.file("huge", bytes(17 * 1024 * 1024)), f"{url}/huge")
    with run.check("an orderly end"):
        run.end(server)


def crawler(run):
    for number in range(20):
        run.file(f"root/{number}.html", f'<a href="{number + 1}.html">, <a href="/">, <a href="folder/">')
    run.file("root/index.html", '<a href="0.html">, <a href="/missing">, <a href="http://elsewhere.test/">')
    run.file("root/folder/index.html", '<a href="./deep.txt">')
    run.file("root/folder/deep.txt", "deep")
    server, port = run.example("http_server", run.directory / "root")

    with run.check("all pages of http_server"):
        said = run.call([run.programs / "crawler", f"http://localhost:{port}/", "3"]).decode().splitlines()
        expect_equal([line.split(":")[0] for line in said],
                     sorted(["/", "/20.html", "/folder/", "/folder/deep.txt", "/missing"] +
                            [f"/{number}.html" for number in range(20)]), "the list of pages")
        expect("/folder/deep.txt: 200, 4 bytes" in said and "/missing: 404, 10 bytes" in said, "\n".join(said))
    with run.check("a server that has gone"):
        run.end(server)
        said = run.call([run.programs / "crawler", f"http://127.0.0.1:{port}/"]).decode()
        expect_equal(said, "/: Connection refused\n", "output")


def graceful(run):
    """Clients ask as fast as they can while the server is told to end: each gets all of its answer, or is refused."""
    content = LARGE[:300_000]
    run.file("root/some.bin", content)
    refused = 7  # exit status of curl
    clients = 8

    for attempt in range(3):
        with run.check(f"SIGTERM under load, {attempt + 1}"):
            server, port = run.example("http_server", run.directory / "root")
            answered = [0] * clients

            def ask_until_refused(client):
                while True:
                    done = subprocess.run([*CURL, "--fail", f"http://127.0.0.1:{port}/some.bin"], capture_output=True,
                                          timeout=40, check=False)
                    if done.returncode == refused:
                        return
                    expect(done.returncode == 0, f"curl: {done.returncode}, {done.stderr.decode()}")
                    expect(done.stdout == content, "the body differs")
                    answered[client] += 1

            with concurrent.futures.ThreadPoolExecutor(clients) as pool:
                asking = [pool.submit(ask_until_refused, client) for client in range(clients)]
                try:
                    wait_until(lambda: sum(answered) > 30 or any(one.done() for one in asking), "the load")
                finally:
                    server.signal(signal.SIGTERM)
                for one in asking:
                    one.result()
            expect(all(answered), f"answered: {answered}")
            expect_equal(server.wait(), 0, "exit status")

    with run.check("idle connections do not hold it up, and see an orderly end"):
        server, port = run.example("http_server", run.directory / "root")
        with contextlib.ExitStack() as stack:
            idle = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(20)]
            for one in idle:
                one.sendall(b"HEAD /some.bin HTTP/1.1\r\nHost: here\r\n\r\n")
                expect(one.recv(4096).endswith(b"\r\n\r\n"), "a header is not complete")
            begin = time.monotonic()
            server.signal(signal.SIGTERM)
            for one in idle:
                expect_equal(one.recv(1), b"", "what follows")
                one.close()
            expect_equal(server.wait(), 0, "exit status")
            expect(time.monotonic() - begin < 9, "it took longer than the connections need")
