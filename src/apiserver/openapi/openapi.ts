import { createHash } from 'node:crypto';
import type { ServerContext } from '../context.ts';
import type { PlainRequest } from '../http/handler.ts';
import { parseAccept } from '../http/negotiate.ts';
import { sendReply } from '../http/respond.ts';
import type { Words } from './schema-writer.ts';
import { v2Document, v3Document, v3Names } from './documents.ts';
import { gnosticDocument } from './gnostic.ts';

const utf8 = new TextEncoder();
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What answers are called, as the other name is no media type to Go's parser. */
const V2_PROTOBUF_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const YEAR_MILLISECONDS = 365 * 24 * 3600 * 1000;

interface Document { bytes: Uint8Array; tag: string; madeAt: string }

/** Serves /openapi/v2 and /openapi/v3; documents live until the scheme changes, the index also until an extension server comes or goes. */
export function createOpenApi(context: ServerContext, documents: string[]): (plain: PlainRequest) => Promise<boolean> {
  const { scheme } = context;
  let words: Words = { ofType: () => undefined, ofField: () => undefined };
  let wordsRead: Promise<void> | undefined;
  const served = { scheme, documents, get words() { return words; } };
  const kept = new Map<string, Document | undefined>();
  scheme.onChange(() => kept.clear());
  context.externalGroups?.onChange(() => kept.delete('index'));
  const keep = (key: string, make: () => Document | undefined): Document | undefined => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  const documentOf = (bytes: Uint8Array): Document => ({
    bytes, tag: createHash('sha512').update(bytes).digest('hex').toUpperCase(), madeAt: new Date(context.clock.now()).toUTCString(),
  });
  const known = new Set<string>();
  const names = (): Set<string> => {
    if (known.size === 0) for (const name of v3Names(served)) known.add(name);
    return known;
  };
  scheme.onChange(() => known.clear());
  // Only of names that are served: asking for others must not fill the memory.
  const v3 = (name: string): Document | undefined => (names().has(name) ? keep(name, () => {
    const found = v3Document(served, name);
    return found && documentOf(utf8.encode(JSON.stringify(found)));
  }) : undefined);

  const send = async ({ request, response, info }: PlainRequest, document: Document, contentType: string, vary: string): Promise<true> => {
    const asked = info.query.get('hash');
    if (asked !== null && asked !== document.tag) {
      const headers = { location: `${info.path}?hash=${document.tag}`, etag: `"${document.tag}"`, vary };
      await sendReply(request, response, { code: 301, contentType, bytes: new Uint8Array(), headers }, []);
      return true;
    }
    const headers: Record<string, string> = { etag: `"${document.tag}"`, 'last-modified': document.madeAt, vary };
    // A URL that names the content's hash may be kept for ever.
    if (asked !== null) Object.assign(headers, { 'cache-control': 'public, immutable', expires: new Date(context.clock.now() + YEAR_MILLISECONDS).toUTCString() });
    const isKnown = String(request.headers['if-none-match'] ?? '').includes(document.tag);
    await sendReply(request, response, { code: isKnown ? 304 : 200, contentType, bytes: isKnown ? new Uint8Array() : document.bytes, headers }, []);
    return true;
  };

  const index = (): Document => keep('index', () => {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const name of names()) {
      const document = v3(name);
      if (document) paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${document.tag}` };
    }
    for (const [path, url] of context.externalGroups?.openApi?.() ?? []) paths[path] = { serverRelativeURL: url };
    return documentOf(utf8.encode(JSON.stringify({ paths })));
  }) as Document;

  /** Upstream's index has no tag and calls itself plain text. */
  const sendIndex = async ({ request, response }: PlainRequest): Promise<true> => {
    const { bytes, madeAt } = index();
    await sendReply(request, response, { code: 200, contentType: 'text/plain; charset=utf-8', bytes, headers: { 'last-modified': madeAt } }, []);
    return true;
  };

  return async (plain) => {
    const path = plain.info.path.replace(/\/$/, '');
    if (path.startsWith('/openapi/')) await (wordsRead ??= import('./texts/index.ts').then(({ readWords }) => { words = readWords(); }));
    if (path === '/openapi/v2') {
      const form = v2Form(plain.request.headers.accept as string | undefined);
      if (!form) {
        return sendNothing(plain, 406, { vary: 'Accept-Encoding, Accept' });
      }
      const made = keep(`v2/${form}`, () => documentOf(form === 'json' ? utf8.encode(JSON.stringify(v2Document(served))) : gnosticDocument(v2Document(served)))) as Document;
      return send(plain, made, form === 'json' ? 'application/json' : V2_PROTOBUF_ANSWER, 'Accept-Encoding, Accept');
    }
    if (path === '/openapi/v3') return sendIndex(plain);
    if (!path.startsWith('/openapi/v3/')) return false;
    const document = v3(path.slice('/openapi/v3/'.length));
    return document ? send(plain, document, 'application/json', 'Accept') : sendNothing(plain, 404);
  };
}

async function sendNothing({ request, response }: PlainRequest, code: number, headers: Record<string, string> = {}): Promise<true> {
  await sendReply(request, response, { code, contentType: '', bytes: new Uint8Array(), headers }, []);
  return true;
}

/** `json`, or the protobuf type under the name the client used; undefined when it is neither. */
function v2Form(accept: string | undefined): string | undefined {
  if (!accept) return 'json';
  for (const { type } of parseAccept(accept)) {
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
    if (type === V2_PROTOBUF || type === V2_PROTOBUF_ANSWER) return type;
  }
  return undefined;
}
