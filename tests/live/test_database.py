#!/usr/bin/python3
# test_database.py -- the `db` commands as somebody uses them who works on models: on SQLite and PostgreSQL.
import functools
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dbapp import Project, Server  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))

HEADER = """
#ifndef MODELS_H
#define MODELS_H
#include <carafe.h>
%s
extern const cf_model *const models[];
#endif
"""

USER = """
typedef struct User {
    CF_ROW;
    int64_t     id;
    const char *name%s;
    bool        active;
} User;
extern const cf_model User_model;
"""

USER_MODEL = """
#include "models.h"
CF_MODEL(User, "user",
    CF_COLUMN(User, id,     .primary_key = true),
    CF_COLUMN(User, name,   .max = %d, .required = true),
%s    CF_COLUMN(User, active, .default_value = "true"));
const cf_model *const models[] = { &User_model, NULL };
"""


def user(extra="", columns="", length=80):
    return HEADER % (USER % extra), USER_MODEL % (length, columns)


def schema(name, engine=None):
    """A schema's SQL; of lines that end in --pg or --sqlite those for the engine."""
    other = {"postgresql": "--sqlite", "sqlite": "--pg"}.get(engine, "\0")
    with open(os.path.join(HERE, "schemas", name), encoding="utf-8") as f:
        return "".join(line for line in f if not line.rstrip().endswith(other))


def on_both_engines(test):
    """Runs a test once on each engine, with an app of its own."""
    @functools.wraps(test)
    def both(self):
        for engine in ("sqlite", "postgresql"):
            with self.subTest(engine=engine):
                app = Project(self.server.database() if engine == "postgresql" else None)
                try:
                    test(self, engine, app)
                finally:
                    app.remove()
    return both


class Commands(unittest.TestCase):
    """Every test has an app of its own."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.drop()

    def setUp(self):
        self.app = Project()
        self.addCleanup(self.app.remove)

    def execute(self, app, sql):
        """Runs SQL by the engine's own client; the rows it gives as text."""
        if app.url.startswith("sqlite"):
            with sqlite3.connect(app.url[len("sqlite:///"):]) as db:
                try:
                    return "\n".join("|".join(str(v) for v in row) for row in db.execute(sql))
                except sqlite3.Warning:
                    db.executescript(sql)
                    return ""
                except sqlite3.ProgrammingError:
                    db.executescript(sql)
                    return ""
        return self.server.sql(app.url, sql).strip()

    def good(self, app, *words):
        code, out = app.run(*words)
        self.assertEqual(code, 0, "%s\n%s" % (" ".join(words), out))
        return out

    def bad(self, app, *words, status=1):
        code, out = app.run(*words)
        self.assertEqual(code, status, "%s\n%s" % (" ".join(words), out))
        return out

    # ---- an app's life ----

    @on_both_engines
    def test_models_change_and_the_tables_follow_without_a_build(self, engine, app):
        app.build(*user())
        self.assertIn("+ table user with 3 columns", self.good(app, "db", "migrate", "-m", "Users, at last!"))
        self.assertEqual(app.files(), ["0001_users_at_last.sql"])
        self.assertIn("1 migration applied", self.good(app, "db", "upgrade"))
        self.assertIn("the models fit the tables", self.good(app, "db", "check"))
        self.assertIn("Nothing differs", self.good(app, "db", "migrate", "-m", "again"))
        self.execute(app, 'INSERT INTO "user" (name) VALUES (\'Ada\')')

        app.build(*user(", *phone", "    CF_COLUMN(User, phone, .max = 20, .index = true),\n", length=120))
        out = self.bad(app, "db", "check")
        self.assertIn("differ in 2 places", out)
        self.assertRegex(out, r"\+ column user\.phone VARCHAR\(20\)")
        self.assertRegex(out, r"~ column user\.name: .*80.* becomes VARCHAR\(120\)")
        out = self.good(app, "db", "migrate", "-m", "phones")
        self.assertIn("0002_phones.sql", out)
        self.assertIn("db upgrade", out)
        sql = self.good(app, "db", "upgrade", "--sql")
        self.assertIn("0002_phones", sql)
        self.assertIn("COMMIT", sql)
        self.assertIn("0001_users_at_last", self.good(app, "db", "current"))
        self.good(app, "db", "upgrade")
        self.good(app, "db", "check")
        self.assertIn("Ada", self.execute(app, 'SELECT name, phone FROM "user"'))
        self.good(app, "db", "downgrade")
        self.assertIn("0002_phones is not applied", self.bad(app, "db", "check"))
        self.assertIn("is not applied to", self.bad(app, "db", "migrate", "-m", "twice"))
        self.good(app, "db", "upgrade")
        self.assertIn("Ada", self.execute(app, 'SELECT name, phone FROM "user"'))
        self.assertIn("2 migrations undone", self.good(app, "db", "downgrade", "0"))
        self.assertIn("No migration is applied", self.good(app, "db", "current"))

    def test_one_set_of_files_serves_both_engines(self):
        url = self.server.database()
        self.app.build(*user())
        self.good(self.app, "db", "migrate", "-m", "one")
        self.good(self.app, "db", "upgrade")
        self.app.build(*user(", *phone", "    CF_COLUMN(User, phone, .max = 20, .unique = true),\n"))
        self.good(self.app, "db", "migrate", "-m", "two")
        self.good(self.app, "db", "upgrade")
        for words in (["upgrade"], ["check"], ["downgrade", "0"], ["upgrade"], ["check"]):
            code, out = self.app.run("db", *words, url=url)
            self.assertEqual(code, 0, out)

    @on_both_engines
    def test_a_rename_is_asked_for_not_guessed(self, engine, app):
        app.build(*user(", *phone", "    CF_COLUMN(User, phone, .max = 20),\n"))
        self.good(app, "db", "migrate", "-m", "one")
        self.good(app, "db", "upgrade")
        self.execute(app, 'INSERT INTO "user" (name, phone) VALUES (\'Ada\', \'123\')')
        app.build(*user(", *mobile", "    CF_COLUMN(User, mobile, .max = 20),\n"))
        out = self.bad(app, "db", "migrate", "-m", "two")
        self.assertIn("--rename user.phone=mobile", out)
        self.assertIn("--no-renames", out)
        self.assertEqual(len(app.files()), 1)
        self.assertIn("no model has the column user.mobil",
                      self.bad(app, "db", "migrate", "-m", "two", "--rename", "user.phone=mobil"))
        out = self.good(app, "db", "migrate", "-m", "two", "--rename", "user.phone=mobile")
        self.assertIn("> column user.phone becomes mobile", out)
        text = app.read("migrations/0002_two.sql")
        self.assertIn('ALTER TABLE "user" RENAME COLUMN phone TO mobile;', text)
        self.good(app, "db", "upgrade")
        self.assertIn("123", self.execute(app, 'SELECT mobile FROM "user"'))
        self.good(app, "db", "check")
        self.good(app, "db", "downgrade")
        self.assertIn("123", self.execute(app, 'SELECT phone FROM "user"'))
        os.remove(os.path.join(app.folder, "migrations", "0002_two.sql"))
        out = self.good(app, "db", "migrate", "-m", "two", "--no-renames")
        self.assertIn("(destructive)", out)
        self.assertIn("DESTRUCTIVE", app.read("migrations/0002_two.sql"))

    def test_a_rename_is_asked_for_at_a_terminal(self):
        self.app.build(*user(", *phone", "    CF_COLUMN(User, phone, .max = 20),\n"))
        self.good(self.app, "db", "migrate", "-m", "one")
        self.good(self.app, "db", "upgrade")
        self.app.build(*user(", *mobile, *nick", "    CF_COLUMN(User, mobile, .max = 20),\n"
                             "    CF_COLUMN(User, nick, .max = 20, .required = true),\n"))
        out = self.at_terminal(["db", "migrate", "-m", "two"], [("phone renamed to mobile?", "y"),
                                                                ("What do the rows", "none; yet")])
        self.assertIn("0002_two.sql", out)
        text = self.app.read("migrations/0002_two.sql")
        self.assertIn("RENAME COLUMN phone TO mobile", text)
        self.assertIn("'none; yet'", text)
        self.good(self.app, "db", "upgrade")
        self.good(self.app, "db", "check")

    def at_terminal(self, words, answers):
        """Runs a command at a pseudo-terminal, giving an answer whenever its question is seen."""
        leader, follower = pty.openpty()
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.app.folder, "TERM": "xterm",
               "CARAFE_ENV": "development", "DATABASE_URL": self.app.url}
        process = subprocess.Popen([self.app.binary, *words], cwd=self.app.folder, env=env, stdin=follower,
                                   stdout=follower, stderr=follower)
        os.close(follower)
        out, answers, end = "", list(answers), time.monotonic() + 30
        while time.monotonic() < end:
            if not select.select([leader], [], [], 0.2)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                data = os.read(leader, 4096)
            except OSError:
                break
            out += data.decode()
            if answers and answers[0][0] in out:
                os.write(leader, answers.pop(0)[1].encode() + b"\n")
        process.wait(10)
        os.close(leader)
        self.assertEqual(answers, [], out)
        self.assertEqual(process.returncode, 0, out)
        return out

    @on_both_engines
    def test_rows_that_are_there_get_a_value(self, engine, app):
        app.build(*user())
        self.good(app, "db", "migrate", "-m", "one")
        self.good(app, "db", "upgrade")
        self.execute(app, 'INSERT INTO "user" (name) VALUES (\'Ada\')')
        app.build(*user(", *email", "    CF_COLUMN(User, email, .max = 80, .required = true),\n"))
        out = self.bad(app, "db", "migrate", "-m", "two")
        self.assertIn("--fill user.email=VALUE", out)
        self.good(app, "db", "migrate", "-m", "two", "--fill", "user.email=nobody@example.com")
        self.good(app, "db", "upgrade")
        self.assertIn("nobody@example.com", self.execute(app, 'SELECT email FROM "user"'))
        self.good(app, "db", "check")

    # ---- branches ----

    @on_both_engines
    def test_branches_are_told_and_joined(self, engine, app):
        app.build(*user())
        self.good(app, "db", "migrate", "-m", "one")
        self.good(app, "db", "upgrade")
        for name in ("a", "b"):
            app.write("migrations/0002_%s.sql" % name, "-- after 0001_one\n-- up\nCREATE TABLE %s (id INTEGER);\n"
                      "-- down\nDROP TABLE %s;\n" % (name, name))
        self.assertIn("two branches, 0002_a and 0002_b", self.bad(app, "db", "upgrade"))
        out = self.good(app, "db", "heads")
        self.assertIn("0002_a (head)", out)
        self.assertIn("0002_b (head)", out)
        self.assertIn("branches", self.bad(app, "db", "migrate", "-m", "x"))
        self.good(app, "db", "merge", "-m", "both")
        self.assertIn("-- after 0002_a, 0002_b", app.read("migrations/0003_both.sql"))
        self.assertIn("3 migrations applied", self.good(app, "db", "upgrade"))
        self.assertEqual(self.good(app, "db", "current").strip(), "0003_both (head)")
        self.good(app, "db", "downgrade", "0002_a")
        self.assertIn("0002_b", self.good(app, "db", "current"))
        self.good(app, "db", "downgrade", "0001")
        self.assertIn("0001_one", self.good(app, "db", "current"))
        self.assertRegex(self.good(app, "db", "history", "--verbose"), r"joins branches\)\n +both\n +after 0002_a\n +after 0002_b")

    def test_two_files_whose_order_is_not_said_are_refused(self):
        self.app.build(*user())
        for name in ("0001_a", "0001_b", "0002_c"):
            self.app.write("migrations/%s.sql" % name, "-- up\nCREATE TABLE %s (id INTEGER);\n" % name[5:])
        self.assertIn("-- after 0001_b", self.bad(self.app, "db", "upgrade"))
        self.app.write("migrations/0002_c.sql", "-- after 0003_d\n-- up\nSELECT 1;\n")
        self.assertIn("there is no migration '0003_d'", self.bad(self.app, "db", "upgrade"))
        self.app.write("migrations/0003_d.sql", "-- after 0002_c\n-- up\nSELECT 1;\n")
        self.assertIn("comes after a migration that comes after it", self.bad(self.app, "db", "upgrade"))

    # ---- processes ----

    @on_both_engines
    def test_processes_that_upgrade_at_once_do_it_once(self, engine, app):
        app.build(*user())
        for i in range(1, 9):
            app.write("migrations/%04d_step.sql" % i, "-- up\n%sINSERT INTO steps VALUES (%d);\n" %
                      ("CREATE TABLE steps (n INTEGER);\n" if i == 1 else "", i))
        running = [app.start("db", "upgrade") for _ in range(6)]
        applied = 0
        for process in running:
            out = process.communicate(timeout=60)[0].decode()
            self.assertEqual(process.returncode, 0, out)
            applied += int((re.search(r"(\d+) migrations? applied to", out) or [0, 0])[1])
        self.assertEqual(applied, 8)
        self.assertEqual(self.execute(app, "SELECT count(*), sum(n) FROM steps"), "8|36")
        self.assertEqual(self.execute(app, "SELECT count(*) FROM carafe_version"), "8")

    # ---- keys of several columns ----

    SEAT = """
typedef struct Seat {
    CF_ROW;
    int64_t     user_id, team_id%s;
    const char *role;
} Seat;
extern const cf_model Seat_model;
typedef struct Team {
    CF_ROW;
    int64_t id;
} Team;
extern const cf_model Team_model;
"""
    SEAT_MODEL = """
CF_MODEL(Team, "team", CF_COLUMN(Team, id, .primary_key = true));
CF_MODEL(Seat, "seat",
    CF_COLUMN(Seat, user_id, .primary_key = true, .references = "user.id", .on_delete = CF_CASCADE),
    CF_COLUMN(Seat, team_id, .primary_key = true, .references = "team.id"),%s
    CF_COLUMN(Seat, role, .max = 10, .default_value = "guest"),
    CF_BELONGS_TO(Seat, user, User, .backref = "seats"),
    CF_BELONGS_TO(Seat, team, Team, .backref = "seats"));
const cf_model *const models[] = { &User_model, &Team_model, &Seat_model, NULL };
"""

    def seats(self, app, member="", column=""):
        header, source = user()
        app.build(header.replace("extern const cf_model *const models", self.SEAT % member + "extern const cf_model *const models"),
                  source[:source.index("const cf_model *const models")] + self.SEAT_MODEL % column)

    @on_both_engines
    def test_keys_of_several_columns_are_migrated_promoted_and_reached_in_the_shell(self, engine, app):
        self.seats(app)
        self.good(app, "db", "migrate", "-m", "seats")
        self.good(app, "db", "upgrade")
        self.good(app, "db", "check")
        text = ("for n in ['Ann', 'Bob']: db.session.add(User(name=n))\n"
                "for n in range(2): db.session.add(Team())\n"
                "commit()\n"
                "for u in User.query: db.session.add(Seat(user=u, team=Team.get(2)))\n"
                "commit()\n"
                "s = Seat.get(1, 2)\n"
                "s\n"
                "[Seat.query.get((1, 2)) == s, db.session.get(Seat, (1, 2)) == s, Seat.query.get({'team_id': 2, 'user_id': 1}) == s]\n"
                "[Seat.get(2, 1), s.team.id, User.get(2).seats|map(attribute='role')|list]\n"
                "Seat.get(1)")
        out = app.run("shell", "-c", text)[1]
        self.assertIn("<Seat (1, 2)>", out)
        self.assertIn("[True, True, True]\n[None, 2, ['guest']]\n", out)
        self.assertIn("Seat has a key of 2 columns (user_id, team_id): give as many values", out)
        shown = self.good(app, "models", "Seat")
        self.assertRegex(shown, r"user_id .*primary key")
        self.assertRegex(shown, r"team_id .*primary key")

        # A column more in the key, and back.
        self.seats(app, ", place", "\n    CF_COLUMN(Seat, place, .primary_key = true),")
        self.assertIn("its primary key (user_id, team_id) becomes (user_id, team_id, place)", self.bad(app, "db", "check"))
        self.good(app, "db", "migrate", "-m", "places")
        self.good(app, "db", "upgrade")
        self.good(app, "db", "check")
        self.assertEqual(self.execute(app, "SELECT count(*), max(place), max(role) FROM seat"), "2|0|guest")
        if engine == "sqlite":
            url = self.server.database()
            out = self.good(app, "db", "promote", url)
            self.assertRegex(out, r"seat +2")
            self.assertEqual(app.run("db", "check", url=url)[0], 0)
            self.assertEqual(self.server.sql(url, "SELECT user_id, team_id, place FROM seat ORDER BY 1"), "1|2|0\n2|2|0\n")
        self.good(app, "db", "downgrade")
        self.seats(app)
        self.good(app, "db", "upgrade", "0001_seats")
        self.assertEqual(self.execute(app, "SELECT count(*), max(role) FROM seat"), "2|guest")

    # ---- a database that is there ----

    def adopt(self, sql, engine, app):
        """Inspects, builds, checks; makes a first migration, stamps it, and makes a second database by it."""
        app.build(*user())
        if engine == "sqlite":
            sql = sql.replace("BYTEA", "BLOB")
        self.execute(app, sql)
        found = self.good(app, "db", "inspect", "--out", os.path.join(app.folder, "found"))
        self.assertIn("is there already", self.bad(app, "db", "inspect", "--out", os.path.join(app.folder, "found")))
        app.build(app.read("found/models.h"), app.read("found/models.c"))
        self.assertIn("the models fit the tables", self.good(app, "db", "check"))
        self.assertIn("Nothing differs", self.good(app, "db", "migrate", "-m", "nothing"))
        self.good(app, "db", "migrate", "--initial", "-m", "as found")
        self.assertIn("0001_as_found is not applied", self.bad(app, "db", "check"))
        self.assertIn("Now at   0001_as_found", self.good(app, "db", "stamp"))
        self.good(app, "db", "check")
        other = self.server.database() if engine == "postgresql" else "sqlite:///%s/other.db" % app.folder
        for words in (["upgrade"], ["check"], ["downgrade", "0"]):
            code, out = app.run("db", *words, url=other)
            self.assertEqual(code, 0, out)
        return found

    @on_both_engines
    def test_the_original_kits_database_is_adopted(self, engine, app):
        found = self.adopt(schema("kit.%s.sql" % engine), engine, app)
        self.assertIn("6 tables as models, 2 as many-to-many links", found)
        self.assertNotIn("Left out", found)
        source = app.read("found/models.c")
        for line in (r'CF_BELONGS_TO\(Post, user, User, .column = "user_id", .backref = "posts"\)',
                     r'CF_MANY_TO_MANY\(User, roles, Role, .through = "roles_users", .column = "user_id", '
                     r'.target_column = "role_id", .backref = "users"\)',
                     r'CF_MANY_TO_MANY\(Tag, posts, Post, .through = "tags_posts"',
                     r'CF_COLUMN\(Post, status, .*.one_of = "draft published archived"',
                     r'CF_COLUMN\(User, active, +.nullable = true\)',
                     r'CF_COLUMN\(Tag, name, +.max = 50, .unique = true\)'):
            self.assertRegex(source, line)
        self.assertEqual(self.execute(app, 'SELECT title FROM post JOIN "user" ON user_id = "user".id'), "Notes")

    @on_both_engines
    def test_a_larger_database_is_adopted_and_what_models_cannot_say_is_named(self, engine, app):
        found = self.adopt(schema("traders.sql"), engine, app)
        self.assertIn("13 tables as models, 1 as a many-to-many link", found)
        for left_out in ("audit_log: it has no primary key", "index orders_by_year on orders"):
            self.assertIn(left_out, found)
            self.assertIn(left_out, app.read("found/models.c"))
        source = app.read("found/models.c")
        for line in (r'CF_INDEX\(Products, "category_id, -product_name", .name = "products_shelf"\)',
                     r'CF_INDEX\(Orders, "customer_id, order_date", .unique = true, .where = "shipped_date IS NULL"',
                     r'CF_COLUMN\(Orders, freight, +.precision = 10, .scale = 2, .nullable = true, .default_value = "0.00"\)',
                     r'CF_COLUMN\(Orders, customer_id, +.references = "customers.customer_id", .on_delete = CF_SET_NULL, '
                     r'.on_update = CF_CASCADE, .max = 5\)',
                     r'CF_BELONGS_TO\(Employees, reports_to_employees, Employees, .column = "reports_to", '
                     r'.backref = "employees"\)',
                     r'CF_COLUMN\(OrderDetails, order_id, +.primary_key = true, .references = "orders.order_id"\)',
                     r'CF_COLUMN\(OrderDetails, product_id, +.primary_key = true, .references = "products.product_id"\)',
                     r'CF_BELONGS_TO\(EmployeeTerritories, territory, Territories, .column = "territory_id", '
                     r'.backref = "employee_territories"\)',
                     r'CF_COLUMN\(Employees, title_of_courtesy, .*.one_of = "Ms. Mr. Dr."'):
            self.assertRegex(source, line)
        # What is left out stays where it is, also when a later migration changes its neighbours.
        source = source.replace(".max = 40, .required = true, .index = true", ".max = 80, .required = true")
        app.build(app.read("found/models.h"), source)
        out = self.good(app, "db", "migrate", "-m", "longer names")
        self.assertIn("products.product_name", out)
        self.assertIn("no model and no migration knows: audit_log", out)
        self.good(app, "db", "upgrade")
        self.good(app, "db", "check")
        self.execute(app, "SELECT what FROM audit_log")
        self.assertEqual(self.execute(app, "SELECT company_name FROM customers"), "Alfreds")
        self.good(app, "db", "downgrade")

    @on_both_engines
    def test_a_film_shops_database_is_adopted(self, engine, app):
        found = self.adopt(schema("films.sql", engine), engine, app)
        self.assertIn("16 tables as models, 0 as many-to-many links", found)
        source = app.read("found/models.c")
        for line in (r'CF_COLUMN\(FilmActor, film_id, +.primary_key = true, .references = "film.film_id", .on_update = CF_CASCADE\)',
                     r'CF_BELONGS_TO\(Film, original_language, Language, .column = "original_language_id", .backref = "films_by',
                     r'CF_COLUMN\(Film, rating, .*.one_of = "G PG PG-13 R NC-17", .default_value = "G"\)',
                     r'CF_COLUMN\(Store, manager_staff_id, .*.unique = true\)',
                     r'CF_INDEX\(Rental, "customer_id", .where = "return_date IS NULL", .name = "idx_rental_open"\)'):
            self.assertRegex(source, line)
        self.assertEqual(re.findall(r".*film_list.*", source), ["/* not managed: view film_list */"])
        if engine == "postgresql":
            self.assertRegex(source, r"/\* column film.special_features \(text\[\]\): models have no such type \*/\n(.*\n)*"
                                     r"/\* index film_fulltext_idx on film: .*\*/\nCF_MODEL\(Film, ")
        code = ("f = Film(title='Up', language=Language(name='English')); db.session.add(f); commit()\n"
                "db.session.add(FilmActor(film=f, actor=Actor.query.first())); commit()\n"
                "[Actor.query.first().film_actors[0].film.title, FilmActor.get(1, 1).actor.last_name, f.rating]")
        self.assertIn("['Up', 'GUINESS', 'G']", app.run("shell", "-c", code)[1])

    @on_both_engines
    def test_a_music_shops_database_is_adopted(self, engine, app):
        found = self.adopt(schema("music.sql", engine), engine, app)
        self.assertIn("10 tables as models, 1 as a many-to-many link", found)
        source = app.read("found/models.c")
        for line in (r'/\* index Track by name on Track: .*\*/\nCF_MODEL\(Track, "Track"',
                     r'CF_MANY_TO_MANY\(Playlist, tracks, Track, .through = "PlaylistTrack"',
                     r'CF_COLUMN\(InvoiceLine, Line, +.primary_key = true\)',
                     r'CF_CHECK\(Customer, Email_has_an__, '):
            self.assertRegex(source, line)
        code = ("a = Artist.query.first(); p = Playlist(PlaylistId=1, Name='mine')\n"
                "p.tracks.append(Track(TrackId=7, Name='T', Milliseconds=1, UnitPrice='0.99', MediaTypeId=none))\n"
                "[a.Name, p.tracks|length]")
        self.assertIn("['AC/DC', 1]", app.run("shell", "-c", code)[1])

    @on_both_engines
    def test_a_ticket_trackers_database_is_adopted(self, engine, app):
        found = self.adopt(schema("tickets.sql", engine), engine, app)
        self.assertIn("8 tables as models, 2 as many-to-many links", found)
        source = app.read("found/models.c")
        for left_out in ("foreign key ticket (project_id, fixed_in) to version: it has several columns",
                         "index user_email on user: expressions, collations or other methods",
                         "default of user.token (", "the database computes it"):
            self.assertIn(left_out, found)
            self.assertIn("/* " + left_out if left_out[0] != "t" else left_out, source)
        if engine == "postgresql":
            self.assertRegex(source, r"CF_COLUMN\(User, id, +.primary_key = true, .default_uuid = true\)")
        for line in (r'CF_COLUMN\(TicketLink, kind, +.primary_key = true, .max = 10, .one_of = "blocks relates copies"\)',
                     r'CF_COLUMN\(Worklog, day, +.primary_key = true\)',
                     r'CF_BELONGS_TO\(Ticket, assignee, User, .column = "assignee_id", .backref = "tickets_by_assignee"\)',
                     r'CF_CHECK\(Ticket, ticket_check_?\d, "CASE WHEN '):
            self.assertRegex(source, line)
        code = ("u = User(email='a@b', token='x')\nu.group\nt = Ticket(project=Project.query.first(), number=1, title='T', reporter=u)\n"
                "db.session.add_all([t, Worklog(ticket=t, user=u, day='2026-01-02', minutes=5)])\ncommit()\n"
                "w = Worklog.query.first(); [w.day|string, w.user == u, Worklog.get(t.id, w.day, u.id) == w]")
        self.assertIn("'staff'\n['2026-01-02', True, True]", app.run("shell", "-c", code if engine == "postgresql" else code.replace(
            "token='x'", "token='x', id='0b9c9d5e-6f1f-4f0f-8f5c-0123456789ab'"))[1])

    @on_both_engines
    def test_an_old_companys_database_is_adopted(self, engine, app):
        found = self.adopt(schema("erp.sql", engine), engine, app)
        self.assertIn("8 tables as models, 0 as many-to-many links", found)
        source = app.read("found/models.c")
        for left_out in ("table umsatz: its primary key has 5 columns, and 4 are the most", "table log: it has no primary key",
                         "table messung: its primary key's zeit is no integer, text, date or UUID",
                         "foreign key BELEG (MANDT, KONTO_NR) to KONTO: it has several columns",
                         "foreign key mahnung.beleg_ref to BELEG: it does not lead to a model's key",
                         "column BELEG.steuer (", "index BELEG~3 on BELEG"):
            self.assertIn(left_out, found)
            self.assertIn("/* " + left_out, source)
        for line in (r'CF_BELONGS_TO\(BELEG, storno_durch_beleg, BELEG, .column = "storno_durch"',
                     r'CF_COLUMN\(Kurs, tag, +.primary_key = true\)',
                     r'\{ .field = \{ "two  words", CF_KIND_OF'):
            self.assertRegex(source, line)
        self.assertNotIn("archiv", source)
        code = ("m = T001Mandant.query.first()\nk = KONTO(mandt=m, NR='1')\ndb.session.add(k)\ncommit()\n"
                "[m.BEZ, KONTO.get('001', '1').int, k.saldo_kurz|string]")
        self.assertIn("""; "so" -- \\\\n', -1, '-0.50']""", app.run("shell", "-c", code)[1])

    def test_help_and_mistakes(self):
        self.app.build(*user())
        self.assertIn('say what it is for: db migrate -m "', self.bad(self.app, "db", "migrate", status=2))
        self.assertIn("did you mean --rename?", self.bad(self.app, "db", "migrate", "-m", "x", "--renam", "a=b", status=2))
        self.assertIn("is no rename", self.bad(self.app, "db", "migrate", "-m", "x", "--rename", "ab"))
        self.good(self.app, "db", "migrate", "-m", "by hand", "--empty")
        self.assertEqual(self.app.files(), ["0001_by_hand.sql"])
        self.assertIn("this part has no SQL", self.bad(self.app, "db", "upgrade"))
        self.assertIn("has no tables", self.bad(self.app, "db", "inspect"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
