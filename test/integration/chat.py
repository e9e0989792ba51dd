# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""websocket_chat with a real browser: Chromium without a window, driven over a pipe by its DevTools protocol."""

import fcntl
import json
import os
import select
import time

from harness import Failed, LIMIT, expect, wait_until


class Browser:
    def __init__(self, run):
        to_browser, from_browser = os.pipe(), os.pipe()
        # It reads commands from descriptor 3 and answers at 4, which must not be in the way before.
        theirs = [fcntl.fcntl(number, fcntl.F_DUPFD, 100) for number in (to_browser[0], from_browser[1])]
        os.close(to_browser[0])
        os.close(from_browser[1])
        self.commands, self.answers = to_browser[1], from_browser[0]
        self.unread = b""
        self.last = 0
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-extensions", "--no-proxy-server",
                     "--remote-debugging-pipe", f"--user-data-dir={run.directory / 'profile'}", "about:blank"]
        self.process = run.start(["bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}', "-", "chromium", *arguments],
                                 name="chromium", pass_fds=theirs, env={**os.environ, "HOME": str(run.directory)})
        for number in theirs:
            os.close(number)

    def close(self):
        self.process.kill()
        os.close(self.commands)
        os.close(self.answers)

    def next_message(self, end):
        while b"\0" not in self.unread:
            ready, _, _ = select.select([self.answers], [], [], max(0, end - time.monotonic()))
            expect(ready, "the browser does not answer")
            data = os.read(self.answers, 65536)
            expect(data, f"the browser has ended: {self.process.output()[-1000:]}")
            self.unread += data
        message, _, self.unread = self.unread.partition(b"\0")
        return json.loads(message)

    def ask(self, method, session=None, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 2 * LIMIT  # the first answer takes all of its start
        while True:
            answer = self.next_message(end)
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']}")
                return answer["result"]


class Page:
    def __init__(self, browser, url):
        self.browser = browser
        self.target = browser.ask("Target.createTarget", url=url)["targetId"]
        self.session = browser.ask("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]

    def evaluate(self, script):
        result = self.browser.ask("Runtime.evaluate", self.session, expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed(f"{script}: {result['exceptionDetails'].get('text')}")
        return result["result"].get("value")

    def lines(self):
        return self.evaluate("[...document.querySelectorAll('#said p')].map(p => p.textContent)") or []

    def wait_for_line(self, line):
        try:
            wait_until(lambda: line in self.lines(), f"{line!r} on the page")
        except Failed as problem:
            raise Failed(f"{problem}; there is {self.lines()}") from None

    def say(self, text):
        self.evaluate(f"text.value = {json.dumps(text)}; document.forms[0].requestSubmit()")

    def close(self):
        self.browser.ask("Target.closeTarget", targetId=self.target)


def websocket_chat(run):
    server, port = run.example("websocket_chat", "0")
    browser = Browser(run)
    try:
        url = f"http://127.0.0.1:{port}/"
        with run.check("two pages of Chromium find each other"):
            ann = Page(browser, url + "#ann")
            ann.wait_for_line("ann is here")
            ben = Page(browser, url + "#ben")
            ben.wait_for_line("ben is here")
            ann.wait_for_line("ben is here")
        with run.check("they exchange messages"):
            ann.say("hello, ben")
            ben.wait_for_line("ann: hello, ben")
            ben.say("grüß dich, <b>ann</b> ☺")
            ann.wait_for_line("ben: grüß dich, <b>ann</b> ☺")
            ben.wait_for_line("ben: grüß dich, <b>ann</b> ☺")
        with run.check("in order, all of them"):
            for number in range(30):
                (ann if number % 2 else ben).say(f"number {number}")
                ann.wait_for_line(f"{'ann' if number % 2 else 'ben'}: number {number}")
            ben.wait_for_line("ann: number 29")
            numbers = [line.split()[-1] for line in ben.lines() if "number" in line]
            expect(numbers == [str(number) for number in range(30)], f"numbers: {numbers}")
        with run.check("who closes the page has left"):
            ben.close()
            ann.wait_for_line("ben has left")
        # The browser may keep a connection for later, which takes the server's patience.
        with run.check("the server ends, and the page is told"):
            run.end(server)
            ann.wait_for_line("The connection has ended.")
    finally:
        browser.close()
