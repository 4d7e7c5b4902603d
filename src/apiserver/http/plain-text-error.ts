import { StatusError } from '../../api/status.ts';

/** A failure that is told as a line of text, as Kubernetes tells what happens before a request is understood. */
export class PlainTextError extends StatusError {
  readonly text: string;
  readonly headers: Record<string, string>;
  /** `message`: of the Status that callers in the same process get. */
  constructor(code: number, reason: string, text: string, headers: Record<string, string> = {}, message = text.trimEnd()) {
    super(code, reason, message, {});
    this.text = text;
    this.headers = headers;
  }
}
