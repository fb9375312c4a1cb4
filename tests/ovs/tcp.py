# SPDX-License-Identifier: MIT
"""One TCP connection: tcp.py receive PORT >FILE; tcp.py send ADDRESS PORT <FILE."""
import shutil
import socket
import sys

if sys.argv[1] == 'receive':
    with socket.create_server(('', int(sys.argv[2]))) as server:
        server.settimeout(20)
        connection, _ = server.accept()
    connection.settimeout(20)
    with connection, connection.makefile('rb') as f:
        shutil.copyfileobj(f, sys.stdout.buffer)
else:
    with socket.create_connection((sys.argv[2], int(sys.argv[3])), 20) as connection:
        with connection.makefile('wb') as f:
            shutil.copyfileobj(sys.stdin.buffer, f)
