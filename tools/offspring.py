# offspring.py -- what a process started, and what that left behind: told to end, and ended.
"""Servers outlive the program that started them when that is killed. Once adopt() was called, whatever descendants lose their
parent become children of this process, and end_all() finds them."""
import ctypes
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


def adopt():
    """From now on this process inherits the orphans among its descendants."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def parents():
    """pid → (its parent, its name), of all that live."""
    found = {}
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % int(name), encoding="utf-8", errors="replace") as f:
                command, _, rest = f.read().partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
        except (ValueError, OSError):
            continue
        if state != "Z":
            found[int(name)] = (int(parent), command)
    return found


def descendants(pid=None, but=()):
    """pid → name of all that live below a process, but these and what lives below them."""
    family, found = parents(), {}
    grown = {pid or os.getpid()}
    while grown:
        grown = {child for child, (parent, _) in family.items() if parent in grown and child not in but}
        found.update((child, family[child][1]) for child in grown)
    return found


def reap():
    """Takes in the orphans that ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def tell(pids, number):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end_all(but=(), seconds=5):
    """Ends all descendants but these and theirs (a server that stays starts new processes at any time): first by a request
    (PostgreSQL's word for "at once" is SIGQUIT), then by force. No child may be waited for elsewhere."""
    def left():
        reap()
        return descendants(but=but)
    found = left()
    tell([pid for pid, name in found.items() if name == "postgres"], signal.SIGQUIT)
    tell([pid for pid, name in found.items() if name != "postgres"], signal.SIGTERM)
    end = time.monotonic() + seconds
    while found and time.monotonic() < end:
        time.sleep(0.02)
        found = left()
    while found:
        tell(found, signal.SIGKILL)
        time.sleep(0.02)
        found = left()
