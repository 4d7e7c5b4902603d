import type { ServerContext } from '../context.ts';

export async function bootstrapObjects(context: ServerContext): Promise<void> {
  void context;
}
