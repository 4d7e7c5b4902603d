import { Worker } from 'node:worker_threads';
import { systemClock, type Timer } from '../../base/clock.ts';
import { JsonSyntaxError } from '../../api/codec/json-text.ts';
import { jsonAsYaml, parseYaml, type YamlResult } from '../../api/codec/yaml.ts';

/** The library needs some ten microseconds a node: a body of 3 MB would stop all others for seconds. */
const LONG_CHARACTERS = 64 * 1024;
/** A thread of its own costs some 20 MB; it stays for those who apply many files. */
const IDLE_MILLISECONDS = 10_000;

interface Waiting { text: string; resolve(result: YamlResult): void; reject(error: Error): void }
type Answer = { result: YamlResult } | { unreadable: string } | { failed: string };

/** As `parseYaml`, without stopping the others while a long text is read. Rejects with JsonSyntaxError. */
export async function readYaml(text: string): Promise<YamlResult> {
  if (text.length <= LONG_CHARACTERS) return parseYaml(text);
  return jsonAsYaml(text) ?? reader.read(text);
}

/** One text at a time; those who wait are requests, whose number is limited. */
class Reader {
  private worker: Worker | undefined;
  private idle: Timer | undefined;
  private readonly queue: Waiting[] = [];

  read(text: string): Promise<YamlResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ text, resolve, reject });
      if (this.queue.length === 1) this.next();
    });
  }

  private next(): void {
    const [first] = this.queue;
    this.idle?.cancel();
    if (first) (this.worker ??= this.start()).postMessage(first.text);
    else this.idle = systemClock.after(IDLE_MILLISECONDS, () => this.rest());
  }

  /** Whoever comes while the thread ends starts another. */
  private rest(): void {
    const worker = this.worker;
    this.worker = undefined;
    void worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(import.meta.url.endsWith('.ts') ? new URL('./yaml-worker.ts', import.meta.url) : new URL('./yaml-worker.js', import.meta.url));
    worker.unref();
    const over = (error: Error): void => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      // Only the text that was read is to blame.
      this.queue.shift()?.reject(error);
      this.next();
    };
    worker.on('error', over);
    worker.on('exit', () => over(new Error('the thread that reads YAML ended')));
    worker.on('message', (answer: Answer) => {
      const waiting = this.queue.shift();
      if ('result' in answer) waiting?.resolve(answer.result);
      else waiting?.reject('unreadable' in answer ? new JsonSyntaxError(answer.unreadable) : new Error(answer.failed));
      this.next();
    });
    return worker;
  }
}

const reader = new Reader();
