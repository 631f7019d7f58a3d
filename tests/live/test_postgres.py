#!/usr/bin/python3
# test_postgres.py -- the starter app on PostgreSQL: psql beside it, the server away and back, a pooler between.
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from harness import ADMIN, App, BUILD, FLASKINNI, ROOT, free_port, wait_for

sys.path.insert(0, os.path.join(ROOT, "tools"))
import postgres  # noqa: E402

CLUSTER = None


def setUpModule():
    global CLUSTER
    CLUSTER = postgres.Cluster(os.path.join(BUILD, "postgres-live"))
    CLUSTER.start()


def tearDownModule():
    CLUSTER.drop()


def get(port, path, headers=None, timeout=20):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


class Load:
    """Clients that read pages all the time and note every answer with its time."""

    def __init__(self, port, paths, clients=8):
        self.port, self.paths, self.answers, self.stopping = port, paths, [], False
        self.threads = [threading.Thread(target=self.work, args=(i,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def work(self, i):
        while not self.stopping:
            began = time.monotonic()
            try:
                headers = {"Accept": "application/json"} if i % 2 else {}
                status, answer, _ = get(self.port, self.paths[i % len(self.paths)], headers)
                self.answers.append((began, time.monotonic() - began, status, answer.get("retry-after")))
            except OSError as wrong:
                self.answers.append((began, time.monotonic() - began, repr(wrong), None))
            if self.answers[-1][2] != 200:
                time.sleep(0.01)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(30)
        return self.answers


class ByHand(unittest.TestCase):
    def test_a_row_that_psql_inserts_shows_on_the_site_and_vanishes_after_its_deletion(self):
        url = CLUSTER.new_database("by_hand")
        with App(settings={"DATABASE_URL": url}) as app:
            client = app.client()
            front = client.get("/")[2]
            self.assertNotIn("Written by hand", front)
            user = CLUSTER.psql('SELECT id FROM "user" ORDER BY id LIMIT 1', "by_hand")
            taken = int(CLUSTER.psql("SELECT max(id) FROM post", "by_hand"))
            CLUSTER.psql("INSERT INTO post (id, user_id, title, subtitle, body, slug, live) VALUES (%d, %s, "
                         "'Written by hand', 'In psql', 'Hello from the prompt.', 'written-by-hand', true);"
                         % (taken + 1, user), "by_hand")
            self.assertIn("Written by hand", client.get("/")[2])
            status, _, page = client.get("/article/written-by-hand")
            self.assertEqual(status, 200)
            self.assertIn("Hello from the prompt.", page)
            self.assertEqual(CLUSTER.psql("SELECT title FROM post WHERE slug = 'written-by-hand'", "by_hand"),
                             "Written by hand")
            # The key the sequence would give next is taken now; the site's own next post finds another.
            client.sign_in()
            form = {"csrf_token": client.csrf("/blog/new"), "title": "Written on the site", "body": "Text.", "submit": "Save"}
            status = client.post("/blog/new", form)[0]
            self.assertIn(status, (302, 303), "the next post could not be saved")
            self.assertEqual(int(CLUSTER.psql("SELECT count(*) FROM post WHERE title = 'Written on the site' AND id > %d"
                                              % (taken + 1), "by_hand")), 1)
            CLUSTER.psql("DELETE FROM post WHERE slug = 'written-by-hand';", "by_hand")
            self.assertEqual(client.get("/article/written-by-hand")[0], 404)
            self.assertNotIn("Written by hand", client.get("/")[2])


class Away(unittest.TestCase):
    def judge(self, answers, least):
        """Only whole pages and 503 with Retry-After, none late; pages again at the end."""
        wrong = [a for a in answers if a[2] not in (200, 503) or (a[2] == 503 and not a[3])]
        self.assertFalse(wrong, wrong[:3])
        self.assertGreater(sum(a[2] == 503 for a in answers), least)
        self.assertLess(max(a[1] for a in answers), 12)
        last = max(a[0] for a in answers)
        self.assertFalse([a for a in answers if a[2] != 200 and a[0] > last - 1], "still refused at the end")

    def test_a_server_that_stops_and_starts_under_load(self):
        url = CLUSTER.new_database("away")
        with App(settings={"DATABASE_URL": url}) as app:
            load = Load(app.port, ["/", "/article/nothing-to-free"])
            try:
                for mode in ("fast", "immediate"):
                    time.sleep(1)
                    CLUSTER.stop(mode)
                    wait_for(lambda: get(app.port, "/")[0] == 503, 10, "503 while the server is away")
                    time.sleep(1)
                    CLUSTER.start()
                    wait_for(lambda: get(app.port, "/")[0] == 200, 15, "recovery")
                time.sleep(5)
                wait_for(lambda: all(a[2] == 200 for a in load.answers[-50:]), 15, "recovery of every worker")
                time.sleep(1.5)
            finally:
                CLUSTER.start()
                answers = load.stop()
            self.judge(answers, 10)

    def test_no_committed_write_is_lost_and_none_is_done_twice(self):
        """Contact messages that were answered as sent are in the outbox once, whatever happened meanwhile."""
        url = CLUSTER.new_database("writes")
        with App(settings={"DATABASE_URL": url}) as app:
            sent, stopping, refused = [], [], []

            def write(who):
                client = app.client()
                number = 0
                while not stopping:
                    number += 1
                    name = "writer-%d-%d" % (who, number)
                    try:
                        token = client.csrf("/register")
                        status = client.post("/register", {
                            "csrf_token": token, "first_name": "A", "last_name": "B", "email": name + "@example.com",
                            "password": "a long enough one", "password_confirm": "a long enough one"})[0]
                    except (OSError, AssertionError, AttributeError):
                        status = 0
                    if status in (302, 303):
                        sent.append(name + "@example.com")
                    else:
                        refused.append(status)
                    time.sleep(0.05)
            threads = [threading.Thread(target=write, args=(i,)) for i in range(3)]
            for thread in threads:
                thread.start()
            try:
                for _ in range(3):
                    time.sleep(1)
                    CLUSTER.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                 "WHERE application_name = 'carafe'")
                CLUSTER.stop("immediate")
                time.sleep(0.5)
                CLUSTER.start()
                wait_for(lambda: get(app.port, "/")[0] == 200, 15, "recovery")
                time.sleep(1)
            finally:
                stopping.append(True)
                CLUSTER.start()
                for thread in threads:
                    thread.join(30)
            stored = CLUSTER.psql('SELECT email FROM "user"', "writes").split("\n")
            self.assertGreater(len(sent), 5, "refused: %r" % refused[:10])
            self.assertFalse(set(sent) - set(stored), "answered as done, and lost")
            self.assertEqual(len(stored), len(set(stored)))

    def test_killed_processes_of_the_server_are_hardly_noticed(self):
        url = CLUSTER.new_database("killed")
        with App(settings={"DATABASE_URL": url}) as app:
            load = Load(app.port, ["/", "/article/nothing-to-free"], 6)
            try:
                for _ in range(5):
                    time.sleep(0.5)
                    CLUSTER.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                 "WHERE application_name = 'carafe'")
                time.sleep(0.5)
            finally:
                answers = load.stop()
            # Only a connection that is killed again while it is made is told.
            wrong = [a for a in answers if a[2] != 200]
            self.assertLess(len(wrong), len(answers) / 20, wrong[:3])
            self.assertFalse([a for a in wrong if a[2] != 503 or not a[3]], wrong[:3])
            self.assertGreater(len(answers), 50)

    def test_an_app_says_why_it_cannot_start(self):
        done = subprocess.run([FLASKINNI, "run"], cwd=tempfile.gettempdir(), stdin=subprocess.DEVNULL, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"PATH": os.environ["PATH"], "CARAFE_ENV": "development", "SECRET_KEY": "k" * 60,
                                   "PORT": str(free_port()), "DATABASE_URL": "postgresql://ann:sesame@127.0.0.1:1/app"})
        out = done.stdout.decode()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cannot connect to the database postgresql://ann:***@127.0.0.1:1/app", out)
        self.assertNotIn("sesame", out)


class Bouncer:
    """PgBouncer in transaction mode with few server connections, before the test server."""

    def __init__(self, database, size=3):
        self.folder = os.path.join(CLUSTER.folder, "bouncer")
        os.makedirs(self.folder, exist_ok=True)
        self.port = free_port()
        user, password, host, port = re.match(r"postgresql://(\w+):([^@]+)@([^:]+):(\d+)/", CLUSTER.url()).groups()
        self.url = "postgresql://%s:%s@127.0.0.1:%d/%s" % (user, password, self.port, database)
        with open(os.path.join(self.folder, "users"), "w", encoding="utf-8") as f:
            f.write('"%s" "%s"\n' % (user, password))
        with open(os.path.join(self.folder, "ini"), "w", encoding="utf-8") as f:
            f.write("[databases]\n* = host=%s port=%s user=%s password=%s\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=%d\n"
                    "unix_socket_dir=\nauth_type=scram-sha-256\nauth_file=%s/users\npool_mode=transaction\ndefault_pool_size=%d\n"
                    "max_client_conn=200\nlogfile=%s/log\n" % (host, port, user, password, self.port, self.folder, size, self.folder))
        for root, _, names in os.walk(self.folder):
            for path in [root] + [os.path.join(root, n) for n in names]:
                if os.geteuid() == 0:
                    import shutil
                    shutil.chown(path, "postgres", "postgres")

    def __enter__(self):
        def become():
            if os.geteuid() == 0:
                import pwd
                user = pwd.getpwnam("postgres")
                os.setgroups([])
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
        program = "/usr/sbin/pgbouncer" if os.path.exists("/usr/sbin/pgbouncer") else "pgbouncer"
        self.process = subprocess.Popen([program, os.path.join(self.folder, "ini")], preexec_fn=become, cwd=self.folder,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def up():
            if self.process.poll() is not None:
                raise AssertionError("pgbouncer ended with %d" % self.process.returncode)
            return subprocess.run([postgres.program("psql"), "-XAtqc", "SELECT 1", self.url], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0
        wait_for(up, 15, "pgbouncer")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Pooler(unittest.TestCase):
    def test_two_nodes_through_pgbouncer_in_transaction_mode(self):
        CLUSTER.new_database("pooled")
        with Bouncer("pooled") as bouncer, App(settings={"DATABASE_URL": bouncer.url}) as one, \
                App(settings={"DATABASE_URL": bouncer.url}) as two:
            loads = [Load(app.port, ["/", "/article/nothing-to-free", "/login"], 6) for app in (one, two)]
            client, other = one.client(), two.client()
            client.sign_in()
            for i in range(10):
                form = {"csrf_token": client.csrf("/blog/new"), "title": "Post %d" % i, "body": "Text.", "submit": "Save"}
                self.assertIn(client.post("/blog/new", form)[0], (302, 303))
                self.assertEqual(CLUSTER.psql("SELECT count(*) FROM post WHERE title = 'Post %d'" % i, "pooled"), "1")
                self.assertEqual(other.get("/")[0], 200)
            time.sleep(1)
            answers = loads[0].stop() + loads[1].stop()
            wrong = [a for a in answers if a[2] != 200]
            self.assertFalse(wrong, wrong[:3])
            self.assertGreater(len(answers), 100)
            self.assertIn("statements are not prepared", one.log())


if __name__ == "__main__":
    unittest.main()
