"""Stand in for the program in a line of shell: have a zygote fork a run, and end as it ends.

`python -IS forked.py SOCKET WORDS…` hands over its folder, variables, umask, limits and
descriptors. It imports what Python has built in, and starts in a tenth of the time.
"""

import _signal  # those without the underscore import half of the library
import _socket
import marshal
import os
import resource
import sys

LARGEST = 2**20
LIMITS = (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_DATA)
ENDING = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)


def open_ones(but):
    """Return the descriptors that were handed to this process."""
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        try:
            if number not in but and os.get_inheritable(number):
                yield number
        except OSError:  # that of the listing itself
            pass


path, *words = sys.argv[1:]
umask = os.umask(0)
os.umask(umask)
numbers = sorted(open_ones(()))
asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
asked.connect(path)
request = {
    "words": words,
    "env": dict(os.environb),
    "umask": umask,
    "limits": [(which, *resource.getrlimit(which)) for which in LIMITS],
    "ignored": [each for each in ENDING if _signal.getsignal(each) == _signal.SIG_IGN],
    "numbers": numbers,
}
handed = [os.open(".", os.O_RDONLY), *numbers]
rights = b"".join(each.to_bytes(4, sys.byteorder) for each in handed)
asked.sendmsg([marshal.dumps(request)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
for number in handed:
    os.close(number)  # whoever waits for their end waits for the run alone
asked.recv(LARGEST)
status, _ = marshal.loads(asked.recv(LARGEST))
code = os.waitstatus_to_exitcode(status)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
