# SPDX-License-Identifier: MIT
"""Stands between a client and an OVSDB server, and does something to the K-th message, in whichever
direction that goes; whatever comes before and behind it is let through.

    proxy.py SOCKET SERVER LOG HOW K

SOCKET is made; LOG gets a line a message, "request" or "reply". HOW:
    cut         the connection ends in place of the message, part in the middle of it, late behind it
    drip        it and all behind it come byte by byte
    flood       before it come answers to nothing, and questions
    reorder     it comes behind the next one of its direction, or late
    flip.SEED   one bit of it is another
"""
import os
import random
import select
import socket
import sys

path, server, log, how, k = sys.argv[1:]
how, _, seed = how.partition('.')
k = int(k)
count = 0
held = None                             # of a reorder: where to, and what


class Side:
    """One of the two ends of a connection, and what has come from it that is no whole message yet."""

    def __init__(self, sock, name):
        self.sock, self.name, self.other = sock, name, None
        self.got = bytearray()
        self.at = self.depth = 0
        self.text = self.escape = False

    def fileno(self):
        return self.sock.fileno()

    def messages(self):
        """JSON objects follow each other with nothing between: their braces say where they end."""
        while self.at < len(self.got):
            c = self.got[self.at]
            self.at += 1
            if self.text:
                self.text = self.escape or c != 0x22
                self.escape = not self.escape and c == 0x5c
            elif c == 0x22:
                self.text = True
            elif c in b'{[':
                self.depth += 1
            elif c in b'}]':
                self.depth -= 1
                if self.depth == 0:
                    whole = bytes(self.got[:self.at])
                    del self.got[:self.at]
                    self.at = 0
                    yield whole


def dripping():
    return how == 'drip' and 0 < k <= count


def give(to, message):
    if dripping():
        for i in range(len(message)):
            to.sock.sendall(message[i:i + 1])
    else:
        to.sock.sendall(message)


def pass_on(side, message):
    """False: the connection is to end."""
    global count, held
    to = side.other
    if how == 'flood' and side.name == 'request' and b'"flood' in message:
        return True                     # an answer to what the server has not asked
    count += 1
    print(side.name, file=lines, flush=True)
    if count != k or how in ('none', 'drip'):
        give(to, message)
    elif how == 'cut':
        return False
    elif how == 'part':
        give(to, message[:len(message) // 2])
        return False
    elif how == 'late':
        give(to, message)
        return False
    elif how == 'reorder':
        held = (to, message)
        return True
    elif how == 'flip':
        bits = random.Random(seed)
        other = bytearray(message)
        other[bits.randrange(len(other))] ^= 1 << bits.randrange(8)
        give(to, other)
    elif how == 'flood':
        client = to if side.name == 'reply' else side
        for n in range(200):
            client.sock.sendall(b'{"id":"nobody%d","result":[{"rows":[{}]}],"error":null}' % n)
            client.sock.sendall(b'{"id":null,"method":"update","params":["x",{}]}')
            client.sock.sendall(b'{"id":"flood%d","method":"echo","params":[]}' % n)
        give(to, message)
    if held is not None and held[0] is to:
        give(*held)
        held = None
    return True


def main():
    global held
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + '.new')
    listener.listen(16)
    os.rename(path + '.new', path)      # who sees it can connect
    sides = []
    while True:
        ready = select.select([listener] + sides, [], [], 0.1 if held else None)[0]
        if not ready and held:
            give(*held)
            held = None
        for side in ready:
            if side is listener:
                client = Side(listener.accept()[0], 'request')
                peer = Side(socket.socket(socket.AF_UNIX), 'reply')
                peer.sock.connect(server)
                client.other, peer.other = peer, client
                sides += [client, peer]
                continue
            if side not in sides:       # its other end has just gone
                continue
            try:
                data = side.sock.recv(65536)
                side.got += data
                alive = data and all(pass_on(side, m) for m in side.messages())
            except OSError:
                alive = False
            if not alive:
                for end in (side, side.other):
                    sides.remove(end)
                    end.sock.close()
                held = None


with open(log, 'w') as lines:
    main()
