#!/usr/bin/python3
# test_processes.py -- crashes, kills, reloads and stops under load: the listener never refuses.
import os
import signal
import subprocess
import threading
import time
import unittest

from harness import alive, read_all, read_answer, wait_for
from test_wire import GET, Wire

ONCE = b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Load:
    """Threads that ask without pause; counts what went well, was refused and was lost."""

    def __init__(self, app, threads=4, path=b"/sleep/5"):
        self.app, self.path, self.stopping = app, path, False
        self.done, self.refused, self.lost, self.pids = 0, 0, 0, set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.loop) for _ in range(threads)]

    def loop(self):
        while not self.stopping:
            try:
                s = self.app.connect(10)
            except ConnectionRefusedError:
                with self.lock:
                    self.refused += 1
                continue
            try:
                with s:
                    s.sendall(ONCE % self.path)
                    status, _, body, _ = read_answer(s)
                with self.lock:
                    self.done += status == 200
                    self.pids.add(int(body.split()[0]))
            except (OSError, AssertionError):
                with self.lock:
                    self.lost += 1

    def __enter__(self):
        for t in self.threads:
            t.start()
        wait_for(lambda: self.done > 50, 10, "the load to begin")
        return self

    def __exit__(self, *_):
        self.stopping = True
        for t in self.threads:
            t.join()


class Crashes(unittest.TestCase):
    def replaced(self, app, gone):
        return wait_for(lambda: len(app.workers()) == 2 and gone not in app.workers(), 10, "a new worker")

    def test_kill_9_of_a_worker_costs_at_most_its_own_requests(self):
        with Wire() as app, Load(app) as load:
            victim = app.workers()[0]
            os.kill(victim, signal.SIGKILL)
            self.replaced(app, victim)
            seen = load.done
            wait_for(lambda: load.done > seen + 200, 10, "requests after the kill")
            load.__exit__()
            self.assertEqual(load.refused, 0)
            self.assertLessEqual(load.lost, 4, "more was lost than that worker could hold")

    def test_a_segmentation_fault_costs_at_most_its_own_worker(self):
        with Wire() as app, Load(app) as load:
            app.may_crash = True
            before = set(app.workers())
            self.assertNotIn(b"200 OK", app.exchange(ONCE % b"/crash"))
            wait_for(lambda: len(app.workers()) == 2 and set(app.workers()) != before, 10, "a new worker")
            seen = load.done
            wait_for(lambda: load.done > seen + 200, 10, "requests after the crash")
            load.__exit__()
            self.assertEqual(load.refused, 0)
            self.assertLessEqual(load.lost, 4)
            self.assertEqual(len(before & set(app.workers())), 1, "the other worker did not survive")

    def test_a_worker_that_crashes_again_and_again_is_restarted_with_back_off(self):
        with Wire("workers=1") as app:
            app.may_crash = True
            pids, began = set(), time.monotonic()
            while time.monotonic() - began < 4:
                pids.update(app.workers())
                try:
                    app.exchange(ONCE % b"/crash", timeout=4)
                except ConnectionResetError:
                    pass
            self.assertGreater(len(pids), 1)
            self.assertLess(len(pids), 30, "no back-off between restarts")
            self.assertIn(b"200 OK", app.exchange(ONCE % b"/", timeout=15))

    def test_connections_queue_while_no_worker_lives(self):
        with Wire("workers=1") as app:
            os.kill(app.workers()[0], signal.SIGKILL)
            self.assertIn(b"200 OK", app.exchange(ONCE % b"/", timeout=10))

    def test_workers_do_not_outlive_a_killed_supervisor(self):
        app = Wire()
        workers = app.workers()
        os.kill(app.process.pid, signal.SIGKILL)
        app.process.wait()
        wait_for(lambda: not any(alive(w) for w in workers), 10, "the workers to end")


def linger(app, s, ms):
    """Sends a request and waits until a worker has it."""
    s.sendall(GET % b"/linger/%d" % ms)
    wait_for(lambda: "lingering" in app.log(), 10, "the request to be under way")


class Reload(unittest.TestCase):
    def test_sighup_replaces_every_worker_and_loses_nothing(self):
        with Wire() as app, Load(app) as load:
            for _ in range(3):
                before, seen = set(app.workers()), load.done
                app.signal(signal.SIGHUP)
                wait_for(lambda: len(app.workers()) == 2 and not before & set(app.workers()), 15, "new workers")
                wait_for(lambda: load.done > seen + 100, 10, "requests after the reload")
            load.__exit__()
            self.assertEqual((load.refused, load.lost), (0, 0))

    def test_a_request_under_way_is_answered_through_a_reload(self):
        with Wire() as app, app.connect(10) as s:
            linger(app, s, 1500)
            before = set(app.workers())
            app.signal(signal.SIGHUP)
            status, _, body, _ = read_answer(s)
            self.assertEqual(status, 200)
            self.assertIn(int(body.split()[0]), before)

    def test_a_kept_connection_is_told_to_close_and_may_come_again(self):
        """An idle kept connection may be closed by the old worker; a client then asks once more."""
        with Wire() as app:
            again = 0
            s = app.connect(10)
            for i in range(200):
                if i == 50:
                    app.signal(signal.SIGHUP)
                for attempt in range(2):
                    try:
                        s.sendall(GET % b"/sleep/5")
                        status, headers, _, _ = read_answer(s)
                        self.assertEqual(status, 200)
                        if headers.get("connection", "").lower() == "close":
                            s.close()
                            s = app.connect(10)
                        break
                    except (OSError, AssertionError):
                        self.assertEqual(attempt, 0, "lost twice")
                        again += 1
                        s.close()
                        s = app.connect(10)
            s.close()
            self.assertLessEqual(again, 1)


class Stop(unittest.TestCase):
    def test_sigterm_answers_what_is_under_way_and_ends_with_0(self):
        app = Wire()
        with app.connect(10) as s:
            linger(app, s, 1000)
            app.signal(signal.SIGTERM)
            self.assertEqual(read_answer(s)[0], 200)
            self.assertEqual(read_all(s), b"")
        app.__exit__(None)
        self.assertRaises(ConnectionRefusedError, app.connect)

    def test_sigterm_does_not_wait_for_idle_connections(self):
        app = Wire()
        idle = [app.connect() for _ in range(20)]
        idle[0].sendall(GET % b"/")
        read_answer(idle[0])
        began = time.monotonic()
        app.__exit__(None)
        self.assertLess(time.monotonic() - began, 5)
        for s in idle:
            s.close()

    def test_sigint_stops_as_well(self):
        app = Wire()
        app.signal(signal.SIGINT)
        self.assertEqual(app.process.wait(10), 0)

    def test_a_taken_port_is_said_and_ends_with_an_error(self):
        with Wire() as app:
            second = subprocess.Popen(app.command, stderr=subprocess.PIPE)
            _, err = second.communicate(timeout=10)
            self.assertNotEqual(second.returncode, 0)
            self.assertIn(str(app.port), err.decode())


if __name__ == "__main__":
    unittest.main()
