#!/usr/bin/python3
# test_postgres.py -- where the throw-away server of tools/postgres.py lives, and what it may remove.
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

import postgres  # noqa: E402


class Folders(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.TemporaryDirectory(prefix="carafe-postgres-test-")
        self.addCleanup(self.base.cleanup)
        os.chmod(self.base.name, 0o755)

    def test_a_folder_of_somebody_elses_is_left_alone(self):
        for name in ("notes.txt", "data", "port"):
            folder = os.path.join(self.base.name, "of-" + name)
            os.mkdir(folder)
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write("mine")
            for command in ("start", "drop"):
                done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tools", "postgres.py"), command, "--folder", folder],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertIn(b"was not made by script/postgres", done.stdout)
                with open(path, encoding="utf-8") as f:
                    self.assertEqual(f.read(), "mine")

    def test_a_link_is_not_followed(self):
        there, link = os.path.join(self.base.name, "there"), os.path.join(self.base.name, "link")
        os.mkdir(there)
        os.symlink(there, link)
        with self.assertRaises(postgres.Failure):
            postgres.Cluster(link).create()
        self.assertEqual(os.listdir(there), [])

    def test_a_server_below_a_folder_that_others_cannot_enter(self):
        os.chmod(self.base.name, 0o700)
        cluster = postgres.Cluster(os.path.join(self.base.name, "build", "postgres"))
        self.assertEqual(cluster.folder.startswith("/var/tmp/carafe-postgres-"), os.geteuid() == 0)
        try:
            cluster.start()
            self.assertEqual(cluster.psql("SELECT 1"), "1")
            self.assertEqual(os.stat(cluster.folder).st_mode & 0o777, 0o700)
            # Another run finds the same one.
            self.assertTrue(postgres.Cluster(os.path.join(self.base.name, "build", "postgres")).is_running())
        finally:
            cluster.drop()
        self.assertFalse(os.path.exists(cluster.folder))

    @unittest.skipIf(os.geteuid() != 0, "only root may give folders away")
    def test_a_folder_that_another_put_in_the_way_is_not_used(self):
        os.chmod(self.base.name, 0o700)
        wanted = os.path.join(self.base.name, "postgres")
        folder = postgres.Cluster(wanted).folder
        os.mkdir(folder, 0o755)
        try:
            with self.assertRaises(postgres.Failure):
                postgres.Cluster(wanted)
        finally:
            os.rmdir(folder)


if __name__ == "__main__":
    unittest.main()
