import type { KubernetesObject } from '../../api/object.ts';
import type { Auditor, AuditRecord } from '../audit/auditor.ts';
import { sourceIps } from '../audit/event.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import { inVersion } from '../registry/versions.ts';
import type { Answer, Call } from '../request/call.ts';
import { listObject } from './encode.ts';
import { JSON_TYPE, type OutputForm } from './negotiate.ts';
import type { Request } from './server.ts';

/** What the audit log is told of a request at first. */
export interface Arrival { id: string; received: number; annotations: Record<string, string> }

export function beginAudit(auditor: Auditor, request: Request, info: RequestInfo, user: UserInfo | undefined, { id, received, annotations }: Arrival): AuditRecord | undefined {
  return auditor.begin({
    id, info, user, received, annotations, url: request.url ?? '', sourceIPs: sourceIps(request.headers, request.socket?.remoteAddress ?? ''),
    userAgent: String(request.headers['user-agent'] ?? ''),
  });
}

/** The answer as the client gets it, in JSON; only for records that keep answers. */
export async function auditAnswer(record: AuditRecord, context: ServerContext, call: Call, answer: Answer, form: OutputForm, bytes: Uint8Array): Promise<void> {
  if (answer.type === 'object' && (answer.object as { kind?: string }).kind === 'Status') record.takeResponse(answer.object);
  if (!record.wantsResponse || answer.type === 'watch') return;
  if (form.mediaType === JSON_TYPE) return record.takeResponse(JSON.parse(Buffer.from(bytes).toString()));
  if (answer.type === 'object') return record.takeResponse(answer.object);
  const items = await Promise.all(answer.items.map((item): KubernetesObject | Promise<KubernetesObject> => inVersion(context, call.resource, item.object)));
  record.takeResponse(listObject(call, items, answer.metadata));
}
