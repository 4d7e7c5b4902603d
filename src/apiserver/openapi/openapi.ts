import type { ServerContext } from '../context.ts';
import type { PlainRequest } from '../http/handler.ts';

export function createOpenApi(context: ServerContext): (plain: PlainRequest) => Promise<boolean> {
  void context;
  return async () => false;
}
