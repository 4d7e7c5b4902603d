/** Structured logging: one line an entry on standard error, `2026-01-02T03:04:05.678Z INFO component message key=value`. */
export type LogFields = Record<string, unknown>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry `component` (and what this one carries). */
  child(component: string): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const LEVELS: LogLevel[] = ['debug', 'info', 'warn', 'error'];

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.stack ?? value.message);
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

export function createLogger(component: string, level: LogLevel = (process.env['NARU_LOG'] as LogLevel) || 'info'): Logger {
  const threshold = LEVELS.indexOf(level);
  const write = (entryLevel: LogLevel, message: string, fields?: LogFields): void => {
    if (LEVELS.indexOf(entryLevel) < threshold) return;
    let line = `${new Date().toISOString()} ${entryLevel.toUpperCase()} ${component} ${message}`;
    for (const key in fields) line += ` ${key}=${formatValue(fields[key])}`;
    process.stderr.write(line + '\n');
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (part) => createLogger(`${component}/${part}`, level),
  };
}
