import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const REASONS: Record<string, string> = { HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large', HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large', ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout' };
/** For so long what still comes is dropped: a connection that is cut with bytes unread takes the answer along. */
const LINGER_MILLISECONDS = 500;

/** Answers what could not be read as a request of HTTP/1.1 and ends its connection. Called again for every further piece of it. */
export function refuseUnparsed(error: Error, socket: Socket): void {
  if (socket.writableEnded) return;
  const { _httpMessage: answering } = socket as Socket & { _httpMessage?: ServerResponse };
  if (!socket.writable || answering?.headersSent) return void socket.destroy();
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? '400 Bad Request';
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}`);
  const cut = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
  socket.once('close', () => clearTimeout(cut));
}
