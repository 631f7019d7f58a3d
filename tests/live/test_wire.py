#!/usr/bin/python3
# test_wire.py -- a running server and the bytes on its sockets: framing, limits, time-outs, pipelining.
import os
import re
import socket
import subprocess
import threading
import time
import unittest

from harness import App, BUILD, ROOT, read_all, read_answer, wait_for

WIRE = os.path.join(BUILD, "tests", "live", "wire")
CORPUS = os.path.join(ROOT, "..", "shared", "corpus")
GET = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"


class Wire(App):
    """The server without an app; its options as name=value."""

    def __init__(self, *options):
        self.options = options
        super().__init__(WIRE)

    def start(self):
        self.command = [WIRE, str(self.port), *self.options]
        super().start()
        # The socket is open before anybody serves it.
        count = int(dict(o.split("=") for o in self.options).get("workers", 2))
        wait_for(lambda: len(self.workers()) == count, 10, "the workers")


def status_of(data):
    return int(re.match(rb"HTTP/1\.1 (\d{3}) ", data).group(1))


class Framing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = Wire()

    @classmethod
    def tearDownClass(cls):
        cls.app.__exit__(None)

    def published_cases(self, *options):
        if not os.path.isdir(CORPUS):
            self.skipTest("there is no folder ../shared/corpus beside this one")
        out = subprocess.run(["/usr/bin/python3", "-B", os.path.join(CORPUS, "http1_blackbox.py"), "127.0.0.1",
                              str(self.app.port), *options, os.path.join(CORPUS, "http1-llhttp.ndjson")],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
        self.assertRegex(out, r"(?m)^[1-9]\d* passed, \d+ failed$", out)
        with open(os.path.join(ROOT, "tests", "corpus", "http1-llhttp.expected"), encoding="utf-8") as f:
            listed = {line.split(" ")[0] for line in f}
        differ = [line for line in out.split("\n") if line.startswith("FAIL") and line.split(" ")[1] not in listed]
        self.assertEqual(differ, [], out)

    def test_published_requests_are_answered_as_published(self):
        self.published_cases()

    def test_published_requests_byte_by_byte(self):
        self.published_cases("--split", "1")

    def test_a_chunked_body_that_comes_slowly_is_read_whole(self):
        """While others are served in between, whose bytes must not mix with these."""
        slow = [self.app.connect() for _ in range(8)]
        for s in slow:
            s.sendall(b"POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(5):
            for s in slow:
                for byte in b"5\r\nhello\r\n":
                    s.sendall(bytes([byte]))
            self.assertEqual(status_of(self.app.exchange(GET.replace(b"a\r\n\r\n", b"a\r\nConnection: close\r\n\r\n") % b"/")), 200)
        for s in slow:
            s.sendall(b"0\r\n\r\n")
            self.assertEqual(read_answer(s)[2].split()[1:], [b"POST", b"/slow", b"25"])
            s.close()
        self.assertNotIn("crashed", self.app.log())

    def test_pipelined_requests_are_answered_in_order(self):
        with self.app.connect() as s:
            s.sendall(b"".join(GET % (b"/%d" % i) for i in range(50)))
            rest = b""
            for i in range(50):
                status, _, body, rest = read_answer(s, rest)
                self.assertEqual((status, body.split()[2]), (200, b"/%d" % i))
            self.assertEqual(rest, b"")

    def test_a_slow_answer_keeps_its_place(self):
        with self.app.connect() as s:
            s.sendall(GET % b"/sleep/200" + GET % b"/fast")
            _, _, first, rest = read_answer(s)
            _, _, second, _ = read_answer(s, rest)
        self.assertEqual((first.split()[2], second.split()[2]), (b"/sleep/200", b"/fast"))

    def test_a_pipelined_post_is_not_read_as_a_request(self):
        inner = GET % b"/smuggled"
        with self.app.connect() as s:
            s.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(inner) + inner + GET % b"/b")
            _, _, first, rest = read_answer(s)
            _, _, second, rest = read_answer(s, rest)
        self.assertEqual(first.split()[1:], [b"POST", b"/a", b"%d" % len(inner)])
        self.assertEqual((second.split()[2], rest), (b"/b", b""))

    def test_head_has_the_length_and_no_body(self):
        out = self.app.exchange(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual(status_of(out), 200)
        self.assertRegex(out.lower(), rb"content-length: [1-9]")
        self.assertTrue(out.endswith(b"\r\n\r\n"))

    def test_http_1_0_is_closed_unless_kept_alive(self):
        out = self.app.exchange(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(status_of(out), 200)
        self.assertNotIn(b"chunked", out.lower())

    def test_http_1_0_never_gets_chunks(self):
        out = self.app.exchange(b"GET /stream HTTP/1.0\r\n\r\n")
        self.assertNotIn(b"transfer-encoding", out.lower())
        self.assertTrue(out.endswith(b"\r\n\r\n" + b"a line of the stream\n" * 3), out)

    def test_a_stream_goes_out_in_chunks(self):
        with self.app.connect() as s:
            s.sendall(GET % b"/stream" + GET % b"/after")
            _, headers, body, rest = read_answer(s)
            self.assertEqual(headers["transfer-encoding"], "chunked")
            self.assertEqual(body, b"a line of the stream\n" * 3)
            self.assertEqual(read_answer(s, rest)[2].split()[2], b"/after")

    def test_the_body_is_asked_for_by_100_continue(self):
        with self.app.connect() as s:
            s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(s.recv(65536), b"HTTP/1.1 100 Continue\r\n\r\n")
            s.sendall(b"12345")
            self.assertEqual(read_answer(s)[2].split()[3], b"5")

    def test_an_answer_reaches_a_client_that_has_shut_its_side(self):
        with self.app.connect() as s:
            s.sendall(GET % b"/sleep/50")
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(status_of(read_all(s)), 200)

    def test_clients_that_vanish_harm_nobody(self):
        for data in (b"G", b"GET / HT", GET % b"/sleep/30", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1"):
            for _ in range(20):
                s = self.app.connect()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                s.sendall(data)
                s.close()
        before = self.app.workers()
        self.assertEqual(status_of(self.app.exchange(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % b"/")), 200)
        time.sleep(0.1)
        self.assertEqual(self.app.workers(), before)

    def test_a_waiting_request_does_not_hold_up_others(self):
        began = time.monotonic()
        threads = [threading.Thread(target=lambda: self.app.client().get("/sleep/400")) for _ in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertLess(time.monotonic() - began, 3)

    def test_many_idle_connections_are_held(self):
        held = [self.app.connect() for _ in range(600)]
        try:
            for s in held[::50]:
                s.sendall(GET % b"/")
                self.assertEqual(read_answer(s)[0], 200)
        finally:
            for s in held:
                s.close()


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = Wire("header_timeout=600", "body_timeout=600", "idle_timeout=900", "max_body=10000",
                       "max_line=2000", "max_headers=4000", "max_header_count=20")

    @classmethod
    def tearDownClass(cls):
        cls.app.__exit__(None)

    def refused(self, data, status):
        """Exactly one answer, with the status, and then the connection is closed."""
        began = time.monotonic()
        out = self.app.exchange(data, timeout=5)
        self.assertLess(time.monotonic() - began, 4, "the connection stayed open")
        self.assertEqual(status_of(out), status)
        self.assertEqual(out.count(b"HTTP/1.1 "), 1)

    def test_a_body_announced_too_large_is_413(self):
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10001\r\n\r\n", 413)

    def test_a_body_too_large_in_chunks_is_413(self):
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     + b"1000\r\n" + b"x" * 4096 + b"\r\n1000\r\n" + b"x" * 4096 + b"\r\n1000\r\n" + b"x" * 4096 + b"\r\n", 413)

    def test_a_body_of_just_the_limit_is_fine(self):
        body = b"x" * 10000
        with self.app.connect() as s:
            s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n" + body)
            self.assertEqual(read_answer(s)[2].split()[3], b"10000")

    def test_a_long_request_line_is_414(self):
        self.refused(GET % (b"/" + b"x" * 3000), 414)

    def test_large_fields_are_431(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 5000 + b"\r\n\r\n", 431)

    def test_many_fields_are_431(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 30 + b"\r\n", 431)

    def test_headers_that_never_end_are_408(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\n", 408)

    def test_headers_dripped_byte_by_byte_are_408_all_the_same(self):
        with self.app.connect(5) as s:
            began = time.monotonic()
            try:
                for byte in b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 100:
                    s.sendall(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                pass
            self.assertLess(time.monotonic() - began, 3)
            try:
                out = read_all(s)
            except OSError:
                out = b""
            self.assertTrue(out == b"" or status_of(out) == 408, out)

    def test_a_body_that_stalls_is_408(self):
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123", 408)

    def test_an_idle_connection_is_closed_without_a_word(self):
        with self.app.connect(5) as s:
            s.sendall(GET % b"/")
            read_answer(s)
            began = time.monotonic()
            self.assertEqual(s.recv(100), b"")
            self.assertGreater(time.monotonic() - began, 0.5)

    def test_a_silent_connection_is_closed_without_a_word(self):
        with self.app.connect(5) as s:
            self.assertEqual(s.recv(100), b"")


if __name__ == "__main__":
    unittest.main()
