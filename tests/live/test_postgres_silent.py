#!/usr/bin/python3
# test_postgres_silent.py -- the starter app on a PostgreSQL server that hangs, or that the network cut off without a word.
import os
import re
import signal
import sys
import threading
import time
import unittest

from harness import App, BUILD, ROOT, children, wait_for
from relay import Relay
from test_postgres import Load, get

sys.path.insert(0, os.path.join(ROOT, "tools"))
import postgres  # noqa: E402

CLUSTER = None
# Three seconds of silence, two for a sign of life, one until those that wait look, and a slow machine.
BOUND = 12


def setUpModule():
    global CLUSTER
    CLUSTER = postgres.Cluster(os.path.join(BUILD, "postgres-silent"))
    CLUSTER.start()


def tearDownModule():
    CLUSTER.drop()


def server_processes():
    with open(os.path.join(CLUSTER.data, "postmaster.pid"), encoding="utf-8") as f:
        main = int(f.readline())
    return [main, *children(main)]


def tell_server(number, only_backends=False):
    for pid in server_processes()[1 if only_backends else 0:]:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Writers:
    """Clients that register accounts all the time; `sent` are those that were told it worked."""

    def __init__(self, app, count=3):
        self.app, self.sent, self.other, self.stopping = app, [], [], False
        self.threads = [threading.Thread(target=self.work, args=(i,)) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def work(self, who):
        client, number = self.app.client(), 0
        while not self.stopping:
            number += 1
            email, began = "silent-%d-%d@example.com" % (who, number), time.monotonic()
            try:
                status = client.post("/register", {
                    "csrf_token": client.csrf("/register"), "first_name": "A", "last_name": "B", "email": email,
                    "password": "a long enough one", "password_confirm": "a long enough one"})[0]
            except (OSError, AssertionError, AttributeError) as wrong:
                status = repr(wrong)
            if status in (302, 303):
                self.sent.append(email)
            else:
                self.other.append((began, time.monotonic() - began, status))
                time.sleep(0.05)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(60)
        if any(thread.is_alive() for thread in self.threads):
            raise AssertionError("a write hangs")


class Silent(unittest.TestCase):
    def endure(self, name, url, hush, speak):
        """A server that says nothing for a while: refused in time, at once after that, well again, nothing lost."""
        with App(settings={"DATABASE_URL": url + "?connect_timeout=2"}) as app:
            load, writers = Load(app.port, ["/", "/article/nothing-to-free", "/login"], 9), Writers(app)
            try:
                time.sleep(2)
                silent = time.monotonic()
                hush()
                wait_for(lambda: sum(a[2] == 503 for a in list(load.answers)) > 20, 2 * BOUND, "503 from a silent server")
                time.sleep(6)
                speaks = time.monotonic()
                speak()
                wait_for(lambda: all(a[2] == 200 for a in load.answers[-60:]), 2 * BOUND, "recovery of every worker")
                time.sleep(1)
            finally:
                speak()
                writers.stop()
                answers = load.stop()
            wrong = [a for a in answers if a[2] not in (200, 503) or (a[2] == 503 and not a[3])]
            self.assertFalse(wrong, wrong[:3])
            late = [a for a in answers if a[1] > BOUND]
            self.assertFalse(late, late[:3])
            # Once it is known, nobody waits but those that try to reach the server.
            known = min(a[0] + a[1] for a in answers if a[2] == 503 and a[0] + a[1] > silent) + 1
            during = sorted(a[1] for a in answers if known < a[0] < speaks)
            self.assertGreater(len(during), 20)
            self.assertLess(during[len(during) * 9 // 10], 0.5)
            self.assertFalse([a for a in writers.other if a[1] > 2 * BOUND], "a write was not refused in time")
            stored = CLUSTER.psql('SELECT email FROM "user"', name).split("\n")
            self.assertGreater(len(writers.sent), 3, writers.other[:5])
            self.assertFalse(set(writers.sent) - set(stored), "answered as done, and lost")
            self.assertEqual(len(stored), len(set(stored)))
            wait_for(lambda: CLUSTER.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'carafe' AND "
                                          "state LIKE 'idle in transaction%'") == "0", 10, "no transaction to stay open")
            self.assertLessEqual(int(CLUSTER.psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'carafe'")), 24)
            self.assertIn("does not answer", app.log())
            self.assertIn("is reached again", app.log())

    def test_a_server_that_hangs(self):
        url = CLUSTER.new_database("hangs")
        self.endure("hangs", url, lambda: tell_server(signal.SIGSTOP), lambda: tell_server(signal.SIGCONT))

    def test_a_network_that_drops_everything(self):
        url = CLUSTER.new_database("dropped")
        host, port = re.search(r"@([^:]+):(\d+)/", url).groups()
        relay = Relay(host, int(port))
        try:
            self.endure("dropped", url.replace("@%s:%s/" % (host, port), "@127.0.0.1:%d/" % relay.port), relay.silence, relay.resume)
        finally:
            relay.close()

    def test_connections_that_hang_while_the_server_answers_others(self):
        url = CLUSTER.new_database("stuck")
        with App(settings={"DATABASE_URL": url + "?statement_timeout=1000"}) as app:
            for _ in range(20):
                self.assertEqual(get(app.port, "/")[0], 200)
            tell_server(signal.SIGSTOP, only_backends=True)
            try:
                began = time.monotonic()
                self.assertIn(get(app.port, "/")[0], (200, 503))
                self.assertLess(time.monotonic() - began, BOUND)
                wait_for(lambda: get(app.port, "/")[0] == 200, BOUND, "a page over new connections")
            finally:
                tell_server(signal.SIGCONT)


class Order(unittest.TestCase):
    def test_behind_a_pooler_nothing_is_sent_before_the_answer_to_the_latest_sync(self):
        url = CLUSTER.new_database("ordered")
        host, port = re.search(r"@([^:]+):(\d+)/", url).groups()
        relay = Relay(host, int(port), pooler=True)
        try:
            with App(settings={"DATABASE_URL": url.replace("@%s:%s/" % (host, port), "@127.0.0.1:%d/" % relay.port)}) as app:
                load = Load(app.port, ["/", "/article/nothing-to-free"], 9)
                time.sleep(3)
                answers = load.stop()
                self.assertFalse([a for a in answers if a[2] != 200])
                self.assertIn("statements are not prepared", app.log())
            self.assertGreater(relay.batches, 200)
            self.assertEqual(relay.overtaken, 0)
        finally:
            relay.close()


if __name__ == "__main__":
    unittest.main()
