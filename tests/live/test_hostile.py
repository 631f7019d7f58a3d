#!/usr/bin/python3
# test_hostile.py -- the starter app under attack: strangers' hosts, lying pictures, forged fields, a locked or lost database.
import glob
import os
import re
import socket
import sqlite3
import struct
import subprocess
import threading
import time
import unittest
import urllib.parse
import zlib

from harness import ADMIN, ADMIN_PASSWORD, FLASKINNI, App, multipart, wait_for

FORM = "application/x-www-form-urlencoded"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows=None, before=b""):
    """A picture of one color; `rows` and chunks `before` its header may lie about it."""
    rows = (b"\0" + b"\x20\x40\x60" * width) * height if rows is None else rows
    return (b"\x89PNG\r\n\x1a\n" + before + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def database(app):
    return glob.glob(os.path.join(app.folder, "**", "*.db"), recursive=True)[0]


def rows(app, sql):
    with sqlite3.connect(database(app)) as db:
        return db.execute(sql).fetchall()


class Attacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = App()

    @classmethod
    def tearDownClass(cls):
        cls.app.__exit__(None)

    def test_a_mails_link_never_names_the_host_that_a_stranger_claims(self):
        for claim in ("Host: evil.example", "Host: 127.0.0.1.evil.example", "Host: x\r\nX-Forwarded-Host: evil.example",
                      "Host: x\r\nForwarded: host=evil.example"):
            with self.subTest(claim=claim):
                client = self.app.client()
                body = urllib.parse.urlencode({"csrf_token": client.csrf("/reset"), "email": ADMIN}).encode()
                answer = self.app.exchange(("POST /reset HTTP/1.1\r\n%s\r\nConnection: close\r\nCookie: session=%s\r\nContent-Type: %s\r\n"
                                            "Content-Length: %d\r\n\r\n" % (claim, client.cookies["session"], FORM, len(body))).encode() + body)
                self.assertIn(b" 302 ", answer[:20])
                mail = self.app.inbox()[0]
                self.assertRegex(mail["text"], r"http://127\.0\.0\.1:%d/reset/" % self.app.port)
                self.assertNotIn("evil", mail["text"] + mail["html"])

    def test_a_pictures_claim_about_its_size_costs_no_memory(self):
        client = self.app.client()
        client.sign_in()
        small = chunk(b"aaAa", struct.pack(">II", 1, 1))
        lies = {"huge": png(60000, 60000, b"\0" * 1000), "hidden": png(20000, 20000, b"\0" * 1000, before=small),
                "zero": png(0, 0, b""), "negative": png(2 ** 32 - 1, 1, b"\0"), "cut": png(50, 50)[:80], "none": b""}
        for name, data in lies.items():
            with self.subTest(name=name):
                status, _, page = client.post("/settings", {"first_name": "Liar"}, {"image": ("a.png", "image/png", data)})
                self.assertEqual(status, 200)
                self.assertIn("picture", page)
        for pid in self.app.workers():
            with open("/proc/%d/status" % pid) as f:
                peak = int(re.search(r"VmHWM:\s*(\d+)", f.read()).group(1))
            self.assertLess(peak, 900 * 1024, "a worker used %d MiB" % (peak // 1024))
        self.assertEqual(rows(self.app, "SELECT count(*) FROM user WHERE first_name = 'Liar'"), [(0,)])

    def test_what_rides_on_a_picture_is_not_kept(self):
        client = self.app.client()
        client.sign_in()
        status = client.post("/settings", {"first_name": "Poly"}, {"image": (
            "../../x.php.png", "text/html", png(9, 9) + b"<?php evil(); ?><script>evil()</script>")})[0]
        self.assertEqual(status, 302)
        folder = os.path.join(self.app.folder, "var", "uploads")
        for name in os.listdir(folder):
            self.assertRegex(name, r"^(avatar|post)-[\w-]+\.(png|jpg|gif|webp)$")
            with open(os.path.join(folder, name), "rb") as f:
                self.assertNotIn(b"evil", f.read())

    def test_fields_that_no_form_asks_for_change_nothing(self):
        client = self.app.client()
        client.sign_in()
        before = rows(self.app, "SELECT id, email, password, uniquifier, active, confirmed_at, created_at FROM user ORDER BY id")
        client.post("/settings", {"first_name": "Mass", "id": "9", "email": "evil@example.org", "active": "0", "roles": "1",
                                  "password": "x", "uniquifier": "x", "confirmed_at": "", "created_at": "1999-01-01"}, files={})
        self.assertEqual(rows(self.app, "SELECT id, email, password, uniquifier, active, confirmed_at, created_at FROM user "
                                        "ORDER BY id"), before)
        client.post("/blog/new", {"title": "Forged", "body": "x", "status": "draft", "user_id": "77", "slug": "chosen", "live": "1",
                                  "image": "../../app.db"}, files={})
        self.assertEqual(rows(self.app, "SELECT user_id, slug, live, image FROM post WHERE title = 'Forged'"), [(1, "forged", 0, None)])
        self.assertEqual(self.app.client().get("/article/forged")[0], 404, "a draft is public")

    def test_tries_to_sign_in_are_counted_whatever_address_a_header_claims(self):
        client = self.app.client()
        token = client.csrf("/login")
        codes = [client.post("/login", {"email": "nobody@example.org", "password": "wrong", "csrf_token": token},
                             headers={"X-Forwarded-For": "6.6.6.%d" % i, "X-Real-IP": "6.6.6.%d" % i})[0] for i in range(12)]
        self.assertEqual(codes, [200] * 10 + [429] * 2)

    def test_pages_made_for_a_visitor_stay_out_of_shared_caches(self):
        client = self.app.client()
        client.sign_in()
        for path in ("/", "/settings", "/superadmin", "/change"):
            self.assertRegex(client.get(path)[1]["cache-control"], "private|no-store", path)
        style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', client.get("/")[2]).group(1)
        self.assertNotIn("cookie", client.get(style)[1]["vary"].lower())


class Accounts(unittest.TestCase):
    def test_who_registered_an_administrators_address_first_gains_nothing(self):
        with App() as app:
            subprocess.run([FLASKINNI, "user", "create", "boss@example.org", "--password", "the squatter's one", "--unconfirmed"],
                           cwd=app.folder, env=app.settings, stdout=subprocess.DEVNULL, check=True, timeout=60)
            app.stop()
            app.settings["STARTING_ADMINS"] = ADMIN + ", boss@example.org"
            app.start()
            status = app.client().post("/login", {"email": "boss@example.org", "password": "the squatter's one"})[0]
            self.assertEqual(status, 200)
            owner = app.client()
            owner.sign_in("boss@example.org", ADMIN_PASSWORD)
            self.assertEqual(owner.get("/superadmin")[0], 200)

    def test_a_copied_cookie_ends_with_signing_out(self):
        with App() as app:
            client, thief = app.client(), app.client()
            client.sign_in(remember="y")
            thief.cookies = dict(client.cookies)
            self.assertEqual(thief.get("/settings")[0], 200)
            copied = dict(client.cookies)
            client.post("/logout", {}, token_from="/settings")
            for names in (("session",), ("remember_token",), ("session", "remember_token")):
                thief.cookies = {name: copied[name] for name in names}
                self.assertEqual(thief.get("/settings")[0], 302, names)


class Database(unittest.TestCase):
    def test_a_write_that_another_program_holds_up_says_so_and_loses_no_text_silently(self):
        with App() as app:
            client = app.client()
            client.sign_in()
            token = client.csrf("/blog/new")
            lock = sqlite3.connect(database(app), isolation_level=None, check_same_thread=False)
            lock.execute("BEGIN IMMEDIATE")
            answers = []
            fields = {"title": "Held up", "body": "x", "status": "draft", "csrf_token": token}
            write = threading.Thread(target=lambda: answers.append(client.post("/blog/new", fields, files={})))
            write.start()
            began = time.monotonic()
            self.assertEqual(app.client().get("/")[0], 200)
            self.assertLess(time.monotonic() - began, 2, "a reader waits for a writer")
            write.join()
            lock.execute("ROLLBACK")
            self.assertEqual(answers[0][0], 503)
            self.assertIn("retry-after", answers[0][1])
            self.assertEqual(client.post("/blog/new", fields, files={})[0], 302)
            self.assertEqual(rows(app, "SELECT count(*) FROM post WHERE title = 'Held up'"), [(1,)])

    def test_a_picture_too_large_for_the_disk_is_refused_and_nothing_else_happens(self):
        with App() as first:
            first.stop()
            limit = max(os.path.getsize(name) for name in glob.glob(database(first) + "*")) // 1024 + 500
            with App(folder=first.folder, prefix=("/bin/sh", "-c", 'ulimit -f %d; exec "$@"' % (2 * limit), "sh")) as app:
                client = app.client()
                client.sign_in()
                noise = b"".join(b"\0" + os.urandom(3 * 1000) for _ in range(1000))
                status = client.post("/blog/new", {"title": "Too large", "body": "x", "status": "draft"},
                                     {"image": ("a.png", "image/png", png(1000, 1000, noise))})[0]
                self.assertIn(status, (200, 500))
                self.assertEqual(rows(app, "SELECT count(*) FROM post WHERE title = 'Too large'"), [(0,)])
                self.assertEqual([n for n in glob.glob(os.path.join(app.folder, "var", "uploads", "*"))], [])
                self.assertNotIn("was ended by signal", app.log())

    def test_an_upload_whose_sender_leaves_before_it_is_saved_leaves_no_file(self):
        with App() as app:
            client = app.client()
            client.sign_in()
            body, kind = multipart({"title": "Left", "body": "x", "status": "draft", "csrf_token": client.csrf("/blog/new")},
                                   {"image": ("a.png", "image/png", png(40, 40))})
            lock = sqlite3.connect(database(app), isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            folder = os.path.join(app.folder, "var", "uploads")
            with app.connect() as s:
                s.sendall(("POST /blog/new HTTP/1.1\r\nHost: x\r\nCookie: session=%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
                    client.cookies["session"], kind, len(body))).encode() + body)
                wait_for(lambda: os.path.isdir(folder) and os.listdir(folder), 5, "the picture to be stored")
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wait_for(lambda: not os.listdir(folder), 5, "the picture to go")
            lock.execute("ROLLBACK")
            self.assertEqual(rows(app, "SELECT count(*) FROM post WHERE title = 'Left'"), [(0,)])

    def test_an_address_taken_while_a_post_with_new_tags_waits_is_another_one(self):
        with App() as app:
            client = app.client()
            client.sign_in()
            fields = {"title": "Taken", "body": "x", "status": "draft", "new_tags": "one, two, three",
                      "csrf_token": client.csrf("/blog/new")}
            lock = sqlite3.connect(database(app), isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            answers = []
            write = threading.Thread(target=lambda: answers.append(client.post("/blog/new", fields, files={})))
            write.start()
            time.sleep(0.7)
            lock.execute("INSERT INTO post (user_id, title, slug, status, live) VALUES (1, 'Taken', 'taken', 'draft', 0)")
            lock.execute("COMMIT")
            write.join()
            self.assertEqual((answers[0][0], answers[0][1].get("location")), (302, "/article/taken-2"))

    def test_two_programs_on_one_database_give_every_post_its_own_address(self):
        with App() as one, App(folder=one.folder) as two:
            failed = []

            def write(app):
                client = app.client()
                client.sign_in()
                for _ in range(8):
                    status = client.post("/blog/new", {"title": "Same", "body": "x", "status": "published"}, files={})[0]
                    if status != 302:
                        failed.append(status)
            threads = [threading.Thread(target=write, args=(app,)) for app in (one, two, one, two)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            self.assertEqual(failed, [])
            self.assertEqual(rows(one, "SELECT count(*), count(DISTINCT slug) FROM post WHERE title = 'Same'"), [(32, 32)])

    def test_a_database_that_is_none_is_refused_at_the_start(self):
        app = App()
        app.stop()
        path = database(app)
        with open(path, "wb") as f:
            f.write(b"this is no database" * 1000)
        with self.assertRaises(AssertionError) as caught:
            app.start()
        self.assertIn("not a sound SQLite database", str(caught.exception))
        os.remove(path)
        app.start()
        wait_for(lambda: app.client().get("/")[0] == 200)
        app.__exit__(None)


if __name__ == "__main__":
    unittest.main()
