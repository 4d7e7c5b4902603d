import { clock } from './report.ts';

const PLAIN_INTERVAL_SECONDS = 30;
const RESULT = /^• ?(\[(FAILED|PANICKED|TIMEDOUT|INTERRUPTED|ABORTED)\])?/;

/** A line that counts while ginkgo runs: rewritten in a terminal, now and then a new one elsewhere. Failures get a line each. */
export class Progress {
  private readonly total: number;
  private readonly terminal: NodeJS.WriteStream;
  private readonly start = performance.now();
  private readonly timer: NodeJS.Timeout;
  private done = 0;
  private failed = 0;
  private shownAt = 0;

  constructor(total: number, terminal: NodeJS.WriteStream) {
    this.total = total;
    this.terminal = terminal;
    this.timer = setInterval(() => this.show(), 1000);
  }

  /** Takes one ginkgo's output line by line. A failed test's name comes on the line after its mark. */
  reader(): (line: string) => void {
    let failureComes = false;
    return (line) => {
      if (failureComes && line.startsWith('[')) {
        failureComes = false;
        this.write(`failed: ${line.replace(/ \[sig-[^[\]]*\]$/, '').replace(/ \[(?:It|BeforeEach|AfterEach|DeferCleanup \(Each\))\]/, '')}\n`);
      }
      const mark = RESULT.exec(line);
      if (!mark) return;
      this.done += Math.max(1, line.match(/^•+/)?.[0].length ?? 1);
      if (mark[2]) {
        this.failed++;
        failureComes = true;
      }
      this.show();
    };
  }

  end(): void {
    clearInterval(this.timer);
    this.shownAt = -PLAIN_INTERVAL_SECONDS;
    this.show();
    if (this.terminal.isTTY) this.terminal.write('\n');
  }

  private show(): void {
    const seconds = (performance.now() - this.start) / 1000;
    if (!this.terminal.isTTY && seconds - this.shownAt < PLAIN_INTERVAL_SECONDS) return;
    this.shownAt = seconds;
    this.write(`${clock(seconds)}  ${this.done} of ${this.total} done, ${this.failed} failed${this.terminal.isTTY ? '' : '\n'}`);
  }

  private write(text: string): void {
    this.terminal.write(this.terminal.isTTY ? `\r\x1b[K${text}` : text);
  }
}
