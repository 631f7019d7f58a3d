#!/usr/bin/python3
# test_app.py -- the starter app as a running program: its answers by the HTTP rules, its commands, its restarts.
import glob
import html
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import unittest

from harness import ADMIN, App, FLASKINNI, ROOT, multipart

CORPUS = os.path.join(ROOT, "..", "shared", "corpus")


def command(app, *words, settings=None):
    """Runs a command of the binary in the app's folder: (exit code, output)."""
    done = subprocess.run([FLASKINNI, *words], cwd=app.folder, env={**app.settings, **(settings or {})},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def change(app, sql):
    """Runs SQL on the app's database behind its back."""
    if "DATABASE_URL" in app.settings:
        subprocess.run(["psql", "-XAtqc", sql, app.settings["DATABASE_URL"]], check=True, stdin=subprocess.DEVNULL)
        return
    database = glob.glob(os.path.join(app.folder, "**", "*.db"), recursive=True)[0]
    with sqlite3.connect(database) as connection:
        connection.execute(sql)


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = App()

    @classmethod
    def tearDownClass(cls):
        cls.app.__exit__(None)


class Answers(Running):
    def test_options_of_the_server_itself(self):
        answer = self.app.exchange(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 204 "), answer)
        self.assertIn(b"\r\nAllow: GET, HEAD, POST", answer)

    def test_every_answer_keeps_the_http_rules(self):
        if not os.path.isdir(CORPUS):
            self.skipTest("there is no folder ../shared/corpus beside this one")
        page = self.app.client().get("/")[2]
        static = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        article = re.search(r'href="(/article/[^"]+)"', page).group(1)
        self.assertGreater(len(static), 3)
        out = subprocess.run(["/usr/bin/python3", "-B", os.path.join(CORPUS, "response_check.py"),
                              "http://127.0.0.1:%d" % self.app.port, "/", "/login", "/settings", "/nope", "/article/", article,
                              "/logout", *static[:4]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode()
        self.assertRegex(out, r"(?m)^[1-9]\d* passed, 0 failed$", out)

    def test_a_client_that_asks_for_json_gets_errors_in_json(self):
        for path, status in [("/no/such/page", 404), ("/settings", 401), ("/superadmin", 401)]:
            got, headers, body = self.app.client().get(path, {"Accept": "application/json"})
            self.assertEqual(got, status)
            self.assertIn("application/json", headers["content-type"])
            self.assertTrue(body.startswith("{"))

    def test_an_upload_past_the_limit_is_413_and_the_server_lives_on(self):
        client = self.app.client()
        client.sign_in()
        fields = {"csrf_token": client.csrf("/settings"), "first_name": "Big"}
        body, kind = multipart(fields, {"image": ("big.png", "image/png", b"x" * (17 << 20))})
        try:
            status = client.request("POST", "/settings", body, {"Content-Type": kind})[0]
            self.assertEqual(status, 413)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The answer was sent and the connection closed before we had written it all.
        self.assertEqual(client.get("/settings")[0], 200)

    def test_many_members_at_once_never_see_each_other(self):
        """Each signs in, names itself, and must read its own name back, always."""
        wrong = []
        code, out = 0, ""
        for i in range(8):
            code, out = command(self.app, "user", "create", "m%d@example.com" % i, "--password", "a good password %d" % i)
            self.assertEqual(code, 0, out)

        def live(i):
            try:
                client = self.app.client()
                client.sign_in("m%d@example.com" % i, "a good password %d" % i)
                for n in range(10):
                    client.post("/settings", {"first_name": "Name%d-%d" % (i, n), "last_name": "L"}, files={})
                    page = client.get("/settings")[2]
                    if "Name%d-%d" % (i, n) not in page or re.search(r"Name[^%d]-" % i, page):
                        wrong.append((i, n))
            except Exception as error:
                wrong.append((i, repr(error)))
        threads = [threading.Thread(target=live, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])


class Commands(Running):
    def test_routes_lists_every_rule_with_who_may_use_it(self):
        code, out = command(self.app, "routes")
        self.assertEqual(code, 0, out)
        for rule in ("/login", "/logout", "/register", "/confirm/<token>", "/reset/<token>", "/change", "/article/<slug>", "/superadmin"):
            self.assertIn(rule, out)
        self.assertRegex(out, r"(?m)^.*/superadmin.*admin")

    def test_every_command_has_help(self):
        code, out = command(self.app, "--help", settings={"CARAFE_ENV": "production", "SECRET_KEY": ""})
        self.assertEqual(code, 0, out)
        for words in (["run"], ["routes"], ["db"], ["db", "upgrade"], ["db", "current"], ["user"], ["user", "create"], ["user", "list"],
                      ["user", "role"], ["user", "password"], ["import"]):
            with self.subTest(words=words):
                self.assertIn(words[0], out)
                code, text = command(self.app, *words, "--help")
                self.assertEqual(code, 0, text)
                self.assertIn(words[-1], text)

    def test_a_mistyped_word_gets_a_suggestion(self):
        for words, meant in [(["rutes"], "routes"), (["db", "upgrad"], "upgrade"), (["run", "--prot", "1"], "--port")]:
            with self.subTest(words=words):
                code, out = command(self.app, *words)
                self.assertNotEqual(code, 0)
                self.assertIn(meant, out)

    def test_the_database_is_at_its_newest_version(self):
        code, out = command(self.app, "db", "current")
        self.assertEqual(code, 0, out)
        newest = max(glob.glob(os.path.join(ROOT, "starter", "migrations", "*.sql")))
        self.assertIn(os.path.basename(newest)[:-4], out)
        code, out = command(self.app, "db", "upgrade")
        self.assertEqual(code, 0, out)

    def test_users_are_made_listed_promoted_and_given_passwords(self):
        code, out = command(self.app, "user", "create", "New@Example.com", "--password", "short")
        self.assertNotEqual(code, 0)
        code, out = command(self.app, "user", "create", "New@Example.com", "--password", "a long enough one")
        self.assertEqual(code, 0, out)
        code, out = command(self.app, "user", "create", "new@example.com", "--password", "a long enough one")
        self.assertNotEqual(code, 0, "two accounts for one address")
        code, out = command(self.app, "user", "list")
        self.assertIn("new@example.com", out.lower())
        self.assertNotIn("a long enough one", out)
        client = self.app.client()
        client.sign_in("new@example.com", "a long enough one")
        self.assertEqual(client.get("/superadmin")[0], 403)
        code, out = command(self.app, "user", "role", "new@example.com", "admin")
        self.assertEqual(code, 0, out)
        self.assertEqual(client.get("/superadmin")[0], 200)
        code, out = command(self.app, "user", "password", "new@example.com", "--password", "another long one")
        self.assertEqual(code, 0, out)
        self.assertIn(client.get("/superadmin")[0], (302, 401), "the old session outlived the new password")
        self.app.client().sign_in("new@example.com", "another long one")

    def test_the_systems_own_markdown_is_imported(self):
        """Hundreds of files nobody wrote for us: each goes in, or is named with its line."""
        with tempfile.TemporaryDirectory() as folder:
            found = [os.path.join(here, name) for here, _, names in os.walk("/usr/share/doc") for name in sorted(names)
                     if name.endswith(".md") and os.path.isfile(os.path.join(here, name))]
            for i, path in enumerate(found[:400]):
                shutil.copy(path, os.path.join(folder, "%d-%s" % (i, os.path.basename(path))))
            if not found:
                self.skipTest("no .md file below /usr/share/doc")
            code, out = command(self.app, "import", folder)
            self.assertIn(code, (0, 1), out[-2000:])
            numbers = [int(n) for n in re.findall(r"\b\d+\b", out.strip().split("\n")[-1])]
            self.assertTrue(numbers, out[-500:])
            for line in out.split("\n"):
                if re.search(r"skipped", line) and ".md" in line:
                    self.assertRegex(line, r"\.md:\d+")
        status, _, page = self.app.client().get("/")
        self.assertEqual(status, 200)
        for address in re.findall(r'href="(/article/[^"]+)"', page):
            self.assertEqual(self.app.client().get(address)[0], 200)


class Settings(unittest.TestCase):
    def start(self, **settings):
        with tempfile.TemporaryDirectory() as folder:
            env = {"PATH": os.environ["PATH"], "HOME": folder, "PORT": "0", **settings}
            done = subprocess.run([FLASKINNI, "run"], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
            return done.returncode, done.stdout.decode()

    def test_production_without_its_settings_names_them_all_and_does_not_start(self):
        code, out = self.start(CARAFE_ENV="production", PORT="port", MAX_CONTENT_LENGTH="lots")
        self.assertNotEqual(code, 0)
        for name in ("SECRET_KEY", "PORT", "MAX_CONTENT_LENGTH"):
            self.assertIn(name, out)

    def test_static_files_come_compressed_with_a_lasting_address(self):
        with App(settings={"CARAFE_ENV": "production"}) as app:
            self.check_static_files(app.client())

    def check_static_files(self, client):
        address = re.search(r'href="(/static/[^"]*bootstrap[^"]*\.css[^"]*)"', client.get("/")[2]).group(1)
        sizes = {}
        for coding in ("identity", "gzip", "br"):
            status, headers, _ = client.get(address, {"Accept-Encoding": coding})
            self.assertEqual(status, 200)
            self.assertEqual(headers.get("content-encoding", "identity"), coding)
            self.assertIn("accept-encoding", headers.get("vary", "").lower())
            self.assertRegex(headers["cache-control"], r"max-age=\d{7,}")
            sizes[coding] = int(headers["content-length"])
        self.assertLess(sizes["br"], sizes["gzip"])
        self.assertLess(sizes["gzip"], sizes["identity"])

    def test_production_shows_no_development_pages(self):
        with App(settings={"CARAFE_ENV": "production"}) as app:
            self.assertEqual(app.client().get("/_dev/inbox")[0], 404)
            self.assertEqual(app.client().get("/_dev/inbox.json")[0], 404)
            self.assertEqual(app.client().get("/")[0], 200)


    def test_an_error_of_ours_looks_like_the_site_and_tells_developers_only(self):
        for kind, shown in (("production", False), ("development", True)):
            with self.subTest(kind=kind), App(settings={"CARAFE_ENV": kind}) as app:
                missing = "does not exist" if "DATABASE_URL" in app.settings else "no such table"
                change(app, "ALTER TABLE post RENAME TO gone")
                status, _, body = app.client().get("/")
                self.assertEqual(status, 500)
                self.assertEqual(missing in html.unescape(body), shown)
                if not shown:
                    self.assertIn('class="brand"', body)
                self.assertIn(missing, app.log())


class Restarts(unittest.TestCase):
    def test_the_first_start_says_how_to_sign_in_and_later_ones_keep_the_password(self):
        with App(settings={"STARTING_ADMIN_PASS": ""}) as app:
            first = app.log()
            self.assertIn("127.0.0.1:%d" % app.port, first)
            self.assertIn("/_dev/inbox", first)
            self.assertIn(ADMIN, first)
            password = next(word for line in first.split("\n") if "password" in line.lower() and re.search(r"password\W+(\S+)", line, re.I)
                            for word in [re.search(r"password\W+(\S+)", line, re.I).group(1)])
            app.client().sign_in(ADMIN, password)
            app.stop()
            app.start()
            self.assertEqual(app.log().count(password), 1, "the password is shown again")
            app.client().sign_in(ADMIN, password)

    def test_nothing_is_lost_and_nothing_is_made_twice(self):
        with App() as app:
            client = app.client()
            client.sign_in()
            client.post("/blog/new", {"title": "Kept", "body": "Text.", "status": "published"}, files={})
            before = client.get("/")[2].count("/article/")
            app.stop()
            app.start()
            self.assertEqual(client.get("/article/kept")[0], 200)
            self.assertEqual(client.get("/")[2].count("/article/"), before)
            self.assertEqual(client.get("/superadmin")[0], 200, "the session did not survive")

    def test_a_killed_server_has_kept_what_it_answered(self):
        app = App()
        client = app.client()
        client.sign_in()
        done = 0
        for i in range(10):
            done += client.post("/blog/new", {"title": "Durable %d" % i, "body": "Text.", "status": "published"}, files={})[0] in (302, 303)
        app.kill()
        app.start()
        for i in range(done):
            self.assertEqual(client.get("/article/durable-%d" % i)[0], 200)
        self.assertEqual(done, 10)
        for database in glob.glob(os.path.join(app.folder, "**", "*.db"), recursive=True):
            self.assertEqual(sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone(), ("ok",))
        app.__exit__(None)

    def test_a_reload_keeps_sessions_and_loses_no_request(self):
        with App() as app:
            client = app.client()
            client.sign_in()
            for _ in range(3):
                app.signal(signal.SIGHUP)
                for _ in range(30):
                    self.assertEqual(client.get("/settings")[0], 200)


if __name__ == "__main__":
    unittest.main()
