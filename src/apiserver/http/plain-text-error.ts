import { StatusError } from '../../api/status.ts';

/** A failure that is told as a line of text, as Kubernetes tells what happens before a request is understood. */
export class PlainTextError extends StatusError {
  readonly text: string;
  readonly headers: Record<string, string>;
  constructor(code: number, reason: string, text: string, headers: Record<string, string> = {}) {
    super(code, reason, text.trimEnd());
    this.text = text;
    this.headers = headers;
  }
}
