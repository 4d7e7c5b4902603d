import koffi from 'koffi';

/** Refused by nft: a syntax error, a missing object, a feature the kernel lacks. The whole transaction was dropped. */
export class NftablesError extends Error {
  override name = 'NftablesError';
}

const DRY_RUN_OFF = 0;
const OUTPUT_JSON = 1 << 4;

interface Library {
  newContext(flags: number): unknown;
  freeContext(context: unknown): void;
  bufferOutput(context: unknown): number;
  bufferError(context: unknown): number;
  outputBuffer(context: unknown): string;
  errorBuffer(context: unknown): string;
  setOutputFlags(context: unknown, flags: number): void;
  run: { async(context: unknown, commands: string, done: (error: Error | null, code: number) => void): void };
}
let library: Library | undefined;

function load(): Library {
  if (library) return library;
  const shared = koffi.load('libnftables.so.1');
  library = {
    newContext: shared.func('void *nft_ctx_new(uint32_t flags)'),
    freeContext: shared.func('void nft_ctx_free(void *context)'),
    bufferOutput: shared.func('int nft_ctx_buffer_output(void *context)'),
    bufferError: shared.func('int nft_ctx_buffer_error(void *context)'),
    outputBuffer: shared.func('const char *nft_ctx_get_output_buffer(void *context)'),
    errorBuffer: shared.func('const char *nft_ctx_get_error_buffer(void *context)'),
    setOutputFlags: shared.func('void nft_ctx_output_set_flags(void *context, unsigned int flags)'),
    run: shared.func('int nft_run_cmd_from_buffer(void *context, const char *buffer)') as unknown as Library['run'],
  };
  return library;
}

/** The rules of the network namespace this process is in, through libnftables: no process is started. */
export class Nftables {
  private readonly library = load();
  private readonly context: unknown;
  private last: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor() {
    this.context = this.library.newContext(DRY_RUN_OFF);
    this.library.bufferOutput(this.context);
    this.library.bufferError(this.context);
  }

  /** Runs commands in nft's syntax, a line each, as one transaction on another thread, after those asked for before. */
  run(commands: string): Promise<void> {
    return this.queue(async () => { await this.execute(commands); });
  }

  /** Runs a `list` command and returns its answer in nft's JSON. */
  list(command: string): Promise<unknown> {
    return this.queue(async () => {
      this.library.setOutputFlags(this.context, OUTPUT_JSON);
      try {
        return JSON.parse(await this.execute(command)) as unknown;
      } finally {
        this.library.setOutputFlags(this.context, 0);
      }
    });
  }

  /** Frees the context once what was asked for is done. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.last.catch(() => undefined);
    this.library.freeContext(this.context);
  }

  private queue<T>(action: () => Promise<T>): Promise<T> {
    // The library would use memory that was given back.
    if (this.closed) return Promise.reject(new NftablesError('the rules were closed'));
    const result = this.last.then(action, action);
    this.last = result.catch(() => undefined);
    return result;
  }

  private execute(commands: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.library.run.async(this.context, commands, (error, code) => {
        if (error) return reject(error);
        const output = this.library.outputBuffer(this.context);
        const problem = this.library.errorBuffer(this.context);
        if (code !== 0) reject(new NftablesError(problem.trim() || `nft failed with ${code}`));
        else resolve(output);
      });
    });
  }
}
