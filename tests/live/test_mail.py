#!/usr/bin/python3
# test_mail.py -- mails reach a real SMTP server, survive a dead one, and stall no page.
"""The server here speaks enough SMTP to accept, defer or refuse a message, and keeps what it got."""
import base64
import email
import email.policy
import socketserver
import threading
import time
import unittest

from harness import App, free_port, wait_for


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        mails, recipients, sender = self.server.mails, [], ""
        self.say("220 test ESMTP")
        for raw in self.rfile:
            line = raw.decode("utf-8", "replace").strip()
            word = line.split(" ")[0].upper()
            if word in ("EHLO", "HELO"):
                self.say("250-test")
                self.say("250-AUTH PLAIN LOGIN")
                self.say("250-SMTPUTF8")
                self.say("250 8BITMIME")
            elif word == "AUTH":
                if len(line.split(" ")) < 3:
                    self.say("334 ")
                    line += " " + self.rfile.readline().decode().strip()
                self.server.logins.append(line)
                self.say("235 ok")
            elif word == "MAIL":
                sender, recipients = line, []
                self.say("250 ok")
            elif word == "RCPT":
                self.say(self.server.answer)
                recipients.append(line)
            elif word == "DATA":
                self.say("354 go on")
                data = b""
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    data += part[1:] if part.startswith(b".") else part
                mails.append((sender, recipients, data))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, port, answer="250 ok"):
        super().__init__(("127.0.0.1", port), Session)
        self.mails, self.logins, self.answer = [], [], answer
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def settings(port, **more):
    return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(port), "ADMIN_EMAIL": "owner@example.com", **more}


def register(app, address):
    client = app.client()
    answer = client.post("/register", {"email": address, "password": "correct horse battery",
                                       "password_confirm": "correct horse battery"})
    return answer


class MailTest(unittest.TestCase):
    def test_a_message_arrives_with_text_html_and_credentials(self):
        port = free_port()
        with Server(port) as server, App(settings=settings(port, MAIL_USERNAME="site", MAIL_PASSWORD="secret")) as app:
            register(app, "grüße@example.org")
            wait_for(lambda: server.mails, 15, "the mail")
            sender, recipients, data = server.mails[0]
            mail = email.message_from_bytes(data, policy=email.policy.default)
            self.assertIn("owner@example.com", sender)
            self.assertIn("<grüße@example.org>", recipients[0])
            self.assertEqual(mail["Subject"], "Please confirm your email")
            self.assertTrue(mail["Date"] and mail["Message-ID"])
            kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
            self.assertEqual(kinds, ["text/plain", "text/html"])
            self.assertIn("/confirm/", mail.get_body(("plain",)).get_content())
            login = base64.b64decode(server.logins[0].split(" ")[-1])
            self.assertEqual(login, b"\0site\0secret")
            wait_for(lambda: app.inbox()[0]["status"] == "sent", 10, "the outbox to know")

    def test_a_dead_server_stalls_no_page_and_loses_no_mail(self):
        port = free_port()
        with App(settings=settings(port)) as app:
            began = time.monotonic()
            answer = register(app, "ada@example.org")
            self.assertEqual(answer[0], 302)
            self.assertLess(time.monotonic() - began, 5)
            wait_for(lambda: app.inbox()[0]["error"], 15, "the first failed try")
            self.assertEqual(app.inbox()[0]["status"], "queued")

    def test_a_refused_mail_is_not_tried_for_ever(self):
        port = free_port()
        with Server(port, "550 no such user") as server, App(settings=settings(port)) as app:
            register(app, "ada@example.org")
            wait_for(lambda: app.inbox()[0]["status"] == "failed", 15, "the refusal")
            self.assertIn("550", app.inbox()[0]["error"])
            self.assertEqual(server.mails, [])


if __name__ == "__main__":
    unittest.main()
