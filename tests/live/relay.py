# relay.py -- stands between an app and its database: falls silent when told, plays a pooler, and watches the order.
"""While it is silent it takes in bytes and passes none on, as a network that drops everything does. As a pooler it changes the
process id that the server greets with, and notes every client that sends anything before the answer to its last Sync."""
import socket
import struct
import threading


class Relay:
    def __init__(self, host, port, pooler=False):
        self.target, self.pooler = (host, port), pooler
        self.flowing = threading.Event()
        self.flowing.set()
        self.overtaken, self.batches = 0, 0
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self):
        self.flowing.clear()

    def resume(self):
        self.flowing.set()

    def close(self):
        self.resume()
        for s in [self.listener, *self.sockets]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            for s in (client, server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets += [client, server]
            talk = Talk(self)
            threading.Thread(target=self._pass_on, args=(client, server, talk.asked), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, talk.answered), daemon=True).start()

    def _pass_on(self, source, target, seen):
        while True:
            try:
                piece = source.recv(65536)
                self.flowing.wait()
                if piece:
                    target.sendall(seen(piece))
                    continue
            except OSError:
                pass
            for s in (source, target):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            return


class Talk:
    """One connection's messages, in both directions."""

    def __init__(self, relay):
        self.relay, self.lock = relay, threading.Lock()
        self.rest = {"asked": b"", "answered": b""}
        self.started, self.unanswered, self.began = False, 0, False

    def messages(self, which, piece):
        """(type, whole message) of those that are complete; the others wait for their rest."""
        data, at = self.rest[which] + piece, 0
        while len(data) - at >= 5:
            size = 1 + struct.unpack_from("!I", data, at + 1)[0]
            if len(data) - at < size:
                break
            yield data[at:at + 1], data[at:at + size]
            at += size
        self.rest[which] = data[at:]

    def asked(self, piece):
        if not self.relay.pooler:
            return piece
        with self.lock:
            passed = piece
            if not self.started:  # The first message has no type.
                size = struct.unpack_from("!I", piece)[0]
                if len(piece) >= 8 and struct.unpack_from("!I", piece, 4)[0] in (80877103, 80877102):
                    return piece
                self.started, piece = True, piece[size:]
            for kind, _ in self.messages("asked", piece):
                if kind == b"p":
                    continue
                if not self.began and self.unanswered:
                    self.relay.overtaken += 1
                self.began = kind not in (b"S", b"Q")
                if not self.began:
                    self.unanswered += 1
                    self.relay.batches += 1
            return passed

    def answered(self, piece):
        if not self.relay.pooler:
            return piece
        with self.lock:
            out = b""
            if not self.started:  # "N": no TLS.
                return piece
            for kind, message in self.messages("answered", piece):
                if kind == b"K":
                    pid = struct.unpack_from("!I", message, 5)[0]
                    message = message[:5] + struct.pack("!I", pid ^ 0x55555) + message[9:]
                elif kind == b"Z" and self.unanswered:
                    self.unanswered -= 1
                out += message
            return out
