"""HTTP/1.1 over one kept TLS connection, several requests at a time: as little work a request as Python can do."""
import socket
import ssl
from urllib.parse import urlsplit

READ_SECONDS = 30
KEPT_BYTES = 64 * 1024


class Connection:
    """Sends requests in one write and reads their answers in order. A new connection after each failure."""

    def __init__(self, state, url):
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.context = ssl.create_default_context(cafile=f"{state}/ca.crt")
        self.context.load_cert_chain(f"{state}/admin.crt", f"{state}/admin.key")
        self.socket = None
        self.buffer = b""

    def open(self):
        if self.socket is None:
            self.socket = self.context.wrap_socket(socket.create_connection((self.host, self.port), timeout=READ_SECONDS), server_hostname=self.host)
            self.buffer = b""

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def send_all(self, requests):
        """
        Yields an answer a request: (code, body), or the exception that came instead. When a connection ends with several requests
        on their way, nobody knows whose fault it was: those without an answer are sent again, one at a time.
        """
        waiting, at_once = list(requests), len(requests)
        while waiting:
            sent, done = waiting[:at_once], 0
            try:
                self.open()
                self.socket.sendall(b"".join(encoded(request) for request in sent))
                while done < len(sent):
                    code, body, last = self.answer(sent[done][0])
                    done += 1
                    yield code, body
                    if last:
                        self.close()
                        break
            except (OSError, ValueError) as error:
                self.close()
                if at_once == 1:
                    done += 1
                    yield error
                at_once = 1
            waiting = waiting[done:]

    def answer(self, method):
        head = self.until(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        code = int(lines[0].split(b" ", 2)[1])
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        if method == "HEAD" or code in (204, 304):
            body = b""
        elif headers.get(b"transfer-encoding") == b"chunked":
            body = self.chunks()
        elif b"content-length" in headers:
            body = self.exactly(int(headers[b"content-length"]))
        else:
            body = b""
        return code, body[:KEPT_BYTES], headers.get(b"connection") == b"close"

    def chunks(self):
        body = b""
        while True:
            size = int(self.until(b"\r\n"), 16)
            part = self.exactly(size + 2)
            if size == 0:
                return body
            body += part[:-2]

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def exactly(self, size):
        while len(self.buffer) < size:
            self.more()
        part, self.buffer = self.buffer[:size], self.buffer[size:]
        return part

    def more(self):
        data = self.socket.recv(256 * 1024)
        if not data:
            raise OSError("the server closed the connection")
        self.buffer += data


def encoded(request):
    method, target, body, headers = request
    lines = [f"{method} {target} HTTP/1.1", "Host: fuzz", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")
