import { createHash } from 'node:crypto';
import type { ServerContext } from '../context.ts';
import type { PlainRequest } from '../http/handler.ts';
import { parseAccept, notAcceptable } from '../http/negotiate.ts';
import { sendReply } from '../http/respond.ts';
import { v2Document, v3Document } from './documents.ts';
import { gnosticDocument } from './gnostic.ts';

const utf8 = new TextEncoder();
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What answers are called, as the other name is no media type to Go's parser. */
const V2_PROTOBUF_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

interface Document { bytes: Uint8Array; tag: string }

function documentOf(bytes: Uint8Array): Document {
  return { bytes, tag: createHash('sha512').update(bytes).digest('hex').toUpperCase() };
}

/** Serves /openapi/v2 and /openapi/v3; documents live until the scheme changes, the index also until an extension server comes or goes. */
export function createOpenApi(context: ServerContext): (plain: PlainRequest) => Promise<boolean> {
  const { scheme } = context;
  const kept = new Map<string, Document | undefined>();
  scheme.onChange(() => kept.clear());
  context.externalGroups?.onChange(() => kept.delete('index'));
  const keep = (key: string, make: () => Document | undefined): Document | undefined => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  const v3 = (path: string): Document | undefined => keep(path, () => {
    const [prefix, group, version] = path.split('/');
    const found = prefix === 'api' ? v3Document(scheme, '', group ?? '') : v3Document(scheme, group ?? '', version ?? '');
    return found && documentOf(utf8.encode(JSON.stringify(found)));
  });

  const send = async ({ request, response, info }: PlainRequest, document: Document, contentType: string): Promise<true> => {
    const headers: Record<string, string> = { etag: `"${document.tag}"`, vary: 'Accept-Encoding,Accept' };
    if (String(request.headers['if-none-match'] ?? '').includes(document.tag)) {
      await sendReply(request, response, { code: 304, contentType, bytes: new Uint8Array(), headers }, []);
      return true;
    }
    // A URL that names the content's hash may be kept for ever.
    if (info.query.get('hash') === document.tag) headers['cache-control'] = 'public, immutable';
    await sendReply(request, response, { code: 200, contentType, bytes: document.bytes, headers }, []);
    return true;
  };

  const index = (): Document => keep('index', () => {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const { group, versions } of scheme.groups()) {
      for (const version of versions) {
        const path = group ? `apis/${group}/${version}` : `api/${version}`;
        const document = v3(path);
        if (document) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${document.tag}` };
      }
    }
    for (const [path, url] of context.externalGroups?.openApi?.() ?? []) paths[path] = { serverRelativeURL: url };
    return documentOf(utf8.encode(JSON.stringify({ paths })));
  }) as Document;

  return async (plain) => {
    const path = plain.info.path.replace(/\/$/, '');
    if (path === '/openapi/v2') {
      const form = v2Form(plain.request.headers.accept as string | undefined);
      const made = keep(`v2/${form}`, () => documentOf(form === 'json' ? utf8.encode(JSON.stringify(v2Document(scheme))) : gnosticDocument(v2Document(scheme)))) as Document;
      return send(plain, made, form === 'json' ? 'application/json' : V2_PROTOBUF_ANSWER);
    }
    if (path === '/openapi/v3') return send(plain, index(), 'application/json');
    if (!path.startsWith('/openapi/v3/')) return false;
    const document = v3(path.slice('/openapi/v3/'.length));
    return document ? send(plain, document, 'application/json') : false;
  };
}

/** `json`, or the protobuf type under the name the client used. */
function v2Form(accept: string | undefined): string {
  if (!accept) return 'json';
  for (const { type } of parseAccept(accept)) {
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
    if (type === V2_PROTOBUF || type === V2_PROTOBUF_ANSWER) return type;
  }
  throw notAcceptable();
}
