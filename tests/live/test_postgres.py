#!/usr/bin/python3
# test_postgres.py -- the starter app on PostgreSQL: psql beside it, the server away and back, a pooler between.
import glob
import http.client
import os
import re
import signal
import sqlite3
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
    """Clients that read pages all the time and note every answer with its time; a page must be the one that was asked for."""

    MARKS = {"/article/nothing-to-free": "<title>Nothing to free", "/login": 'name="password"'}

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
                path = self.paths[i % len(self.paths)]
                status, answer, page = get(self.port, path, headers)
                if status == 200 and self.MARKS.get(path, "") not in page:
                    status = "another page: " + page[:200]
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


class Commands(unittest.TestCase):
    """dbshell and db promote."""

    def command(self, app, *words, settings=None, text=None):
        done = subprocess.run([FLASKINNI, *words], cwd=app.folder, env={**app.settings, **(settings or {})}, timeout=120,
                              input=(text or "").encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def sqlite_of(self, app):
        return glob.glob(os.path.join(app.folder, "**", "*.db"), recursive=True)[0]

    def is_empty(self, name):
        return CLUSTER.psql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", name) == "0"

    def test_dbshell_opens_the_database_of_the_app(self):
        url = CLUSTER.new_database("shelled")
        with App(settings={"DATABASE_URL": url}) as app:
            code, out = self.command(app, "dbshell", text="SELECT 'posts: ' || count(*) FROM post;\n")
            self.assertEqual(code, 0, out)
            self.assertRegex(out, r"posts: [1-9]")
            code, out = self.command(app, "dbshell", "--", "-Atc", "SELECT current_database()")
            self.assertEqual((code, out.strip()), (0, "shelled"))
            code, out = self.command(app, "dbshell", settings={"PATH": "/nowhere"})
            self.assertEqual(code, 1)
            self.assertIn("psql cannot be started: No such file or directory; install the package postgresql-client", out)
            # The password stands in no command line.
            fifo = os.path.join(app.folder, "fifo")
            os.mkfifo(fifo)
            child = subprocess.Popen([FLASKINNI, "dbshell", "--", "-f", fifo], cwd=app.folder, env=app.settings,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                with open(fifo, "w", encoding="utf-8") as f:
                    with open("/proc/%d/cmdline" % child.pid, encoding="utf-8") as line:
                        words = line.read()
                    f.write("SELECT 1;")
                self.assertRegex(words, r"^\S*psql\0")
                self.assertNotIn(re.search(r":([^:@]+)@", url).group(1), words)
            finally:
                child.wait(20)
        with App() as app:
            code, out = self.command(app, "dbshell", settings={"PATH": "/nowhere"})
            self.assertEqual(code, 1)
            self.assertIn("install the package sqlite3", out)

    def test_a_sqlite_database_moves_whole(self):
        url = CLUSTER.new_database("promoted")
        with App() as app:
            client = app.client()
            client.sign_in()
            odd = "tab\t, backslash \\, \\N, line\nend, quote ' and \" and \u2028 \U0001F600"
            with sqlite3.connect(self.sqlite_of(app)) as db:
                db.execute("UPDATE post SET subtitle = NULL, body = ? WHERE id = 1", (odd,))
                db.execute("INSERT INTO post (id, user_id, title, body, slug, live, publish_date) VALUES "
                           "(500, 1, 'Far', 'x', 'far', 0, '2026-11-23T16:25:33Z')")
                counts = {name: db.execute('SELECT count(*) FROM "%s"' % name).fetchone()[0]
                          for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")}
            app.stop()
            code, out = self.command(app, "db", "promote", url)
            self.assertEqual(code, 0, out)
            self.assertIn("both sides agree", out)
            for name, count in counts.items():
                self.assertEqual(int(CLUSTER.psql('SELECT count(*) FROM "%s"' % name, "promoted")), count, name)
            self.assertEqual(CLUSTER.psql("SELECT body FROM post WHERE id = 1", "promoted"), odd.strip())
            self.assertEqual(CLUSTER.psql("SELECT live, publish_date AT TIME ZONE 'UTC' FROM post WHERE id = 500", "promoted"),
                             "f|2026-11-23 16:25:33")
            self.assertEqual(CLUSTER.psql("SELECT count(*) FROM pg_constraint WHERE condeferrable", "promoted"), "0")
            code, out = self.command(app, "db", "promote", url)
            self.assertEqual(code, 1)
            self.assertIn("is not empty", out)
            with App(settings={**{k: v for k, v in app.settings.items() if k in ("SECRET_KEY",)}, "DATABASE_URL": url}) as moved:
                client = moved.client()
                client.sign_in()
                form = {"csrf_token": client.csrf("/blog/new"), "title": "After the move", "body": "Text.", "submit": "Save"}
                self.assertIn(client.post("/blog/new", form)[0], (302, 303))
                self.assertEqual(CLUSTER.psql("SELECT id FROM post WHERE title = 'After the move'", "promoted"), "501")

    def stands_in_copying(self, child):
        """Stops the child; lets it go on unless it is just copying."""
        child.send_signal(signal.SIGSTOP)
        found = CLUSTER.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'stopped' AND query LIKE 'COPY%buzz%'") != "0"
        if not found:
            child.send_signal(signal.SIGCONT)
        return found

    def test_a_move_that_is_stopped_or_fails_leaves_the_target_empty(self):
        url = CLUSTER.new_database("stopped")
        with App() as app:
            app.stop()
            path = self.sqlite_of(app)
            with sqlite3.connect(path) as db:
                db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000) "
                           "INSERT INTO buzz (title, body, event_type) SELECT 'event ' || i, hex(randomblob(100)), 'x' FROM n")
            # A suite in the background has SIGINT ignored, which a child would inherit.
            for number in (signal.SIGKILL, signal.SIGINT):
                child = subprocess.Popen([FLASKINNI, "db", "promote", url], cwd=app.folder, env=app.settings,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
                wait_for(lambda: self.stands_in_copying(child), 30, "the copying")
                child.send_signal(number)
                child.send_signal(signal.SIGCONT)
                self.assertEqual(child.wait(20), -number)
                wait_for(lambda: CLUSTER.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'stopped' AND "
                                              "pid <> pg_backend_pid()") == "0", 20, "the server to notice")
                self.assertTrue(self.is_empty("stopped"))
            with sqlite3.connect(path) as db:
                db.execute("PRAGMA foreign_keys = OFF")
                db.execute("INSERT INTO buzz (title, user_id) VALUES ('of nobody', 4711)")
            code, out = self.command(app, "db", "promote", url)
            self.assertEqual(code, 1, out)
            self.assertIn("user_id", out)
            self.assertTrue(self.is_empty("stopped"))
            with sqlite3.connect(path) as db:
                db.execute("DELETE FROM buzz WHERE user_id = 4711")
                db.execute("UPDATE buzz SET created_on = 'soon' WHERE id = (SELECT max(id) FROM buzz)")
            code, out = self.command(app, "db", "promote", url)
            self.assertEqual(code, 1, out)
            self.assertIn('COPY buzz, line', out)
            self.assertTrue(self.is_empty("stopped"))


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
