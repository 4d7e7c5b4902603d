/** The messages and methods of etcd's v3 API that the store uses: numbers as etcd's `rpc.proto` and `kv.proto` have them. */
import { message, type MessageType } from './wire.ts';

export interface Header { revision: number; raftTerm: number }
export interface KeyValue { key: Uint8Array; createRevision: number; modRevision: number; version: number; value: Uint8Array; lease: bigint }
export interface EtcdEvent { type: number; kv: KeyValue | undefined; previous: KeyValue | undefined }
export interface RangeRequest { key: Uint8Array; rangeEnd: Uint8Array; limit: number; revision: number; serializable: boolean; keysOnly: boolean; countOnly: boolean }
export interface RangeResponse { header: Header | undefined; kvs: KeyValue[]; more: boolean; count: number }
export interface PutRequest { key: Uint8Array; value: Uint8Array; lease: bigint; previousKv: boolean }
export interface PutResponse { header: Header | undefined; previous: KeyValue | undefined }
export interface DeleteRequest { key: Uint8Array; rangeEnd: Uint8Array; previousKv: boolean }
export interface DeleteResponse { header: Header | undefined; deleted: number; previous: KeyValue[] }
export interface Compare { result: number; target: number; key: Uint8Array; version: number | undefined; modRevision: number | undefined }
export interface Operation { range: Partial<RangeRequest> | undefined; put: Partial<PutRequest> | undefined; delete: Partial<DeleteRequest> | undefined }
export interface OperationResult { range: RangeResponse | undefined; put: PutResponse | undefined; delete: DeleteResponse | undefined }
export interface TxnRequest { compare: Partial<Compare>[]; success: Partial<Operation>[]; failure: Partial<Operation>[] }
export interface TxnResponse { header: Header | undefined; succeeded: boolean; responses: OperationResult[] }
export interface CompactionRequest { revision: number; physical: boolean }
export interface HeaderOnly { header: Header | undefined }
export interface WatchCreate { key: Uint8Array; rangeEnd: Uint8Array; startRevision: number; progressNotify: boolean; previousKv: boolean; fragment: boolean }
export interface WatchRequest { create: Partial<WatchCreate> | undefined; progress: object | undefined }
export interface WatchResponse {
  header: Header | undefined; watchId: number; created: boolean; canceled: boolean; compactRevision: number; cancelReason: string; fragment: boolean; events: EtcdEvent[];
}
export interface LeaseGrantRequest { seconds: number }
export interface LeaseGrantResponse { header: Header | undefined; id: bigint; seconds: number; error: string }

export const EVENT_DELETE = 1;
export const EQUAL = 0;
export const TARGET_VERSION = 0;
export const TARGET_MOD_REVISION = 2;

const header = message<Header>({ revision: [3, 'int'], raftTerm: [4, 'int'] });
const keyValue = message<KeyValue>({ key: [1, 'bytes'], createRevision: [2, 'int'], modRevision: [3, 'int'], version: [4, 'int'], value: [5, 'bytes'], lease: [6, 'id'] });
const event = message<EtcdEvent>({ type: [1, 'int'], kv: [2, keyValue], previous: [3, keyValue] });
const rangeRequest = message<RangeRequest>({
  key: [1, 'bytes'], rangeEnd: [2, 'bytes'], limit: [3, 'int'], revision: [4, 'int'], serializable: [7, 'bool'], keysOnly: [8, 'bool'], countOnly: [9, 'bool'],
});
const rangeResponse = message<RangeResponse>({ header: [1, header], kvs: [2, keyValue, 'repeated'], more: [3, 'bool'], count: [4, 'int'] });
const putRequest = message<PutRequest>({ key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'id'], previousKv: [4, 'bool'] });
const putResponse = message<PutResponse>({ header: [1, header], previous: [2, keyValue] });
const deleteRequest = message<DeleteRequest>({ key: [1, 'bytes'], rangeEnd: [2, 'bytes'], previousKv: [3, 'bool'] });
const deleteResponse = message<DeleteResponse>({ header: [1, header], deleted: [2, 'int'], previous: [3, keyValue, 'repeated'] });
const compare = message<Compare>({ result: [1, 'int'], target: [2, 'int'], key: [3, 'bytes'], version: [4, 'int'], modRevision: [6, 'int'] });
const operation = message<Operation>({ range: [1, rangeRequest], put: [2, putRequest], delete: [3, deleteRequest] });
const operationResult = message<OperationResult>({ range: [1, rangeResponse], put: [2, putResponse], delete: [3, deleteResponse] });
const txnRequest = message<TxnRequest>({ compare: [1, compare, 'repeated'], success: [2, operation, 'repeated'], failure: [3, operation, 'repeated'] });
const txnResponse = message<TxnResponse>({ header: [1, header], succeeded: [2, 'bool'], responses: [3, operationResult, 'repeated'] });
const compactionRequest = message<CompactionRequest>({ revision: [1, 'int'], physical: [2, 'bool'] });
const headerOnly = message<HeaderOnly>({ header: [1, header] });
const watchCreate = message<WatchCreate>({
  key: [1, 'bytes'], rangeEnd: [2, 'bytes'], startRevision: [3, 'int'], progressNotify: [4, 'bool'], previousKv: [6, 'bool'], fragment: [8, 'bool'],
});
const watchRequest = message<WatchRequest>({ create: [1, watchCreate], progress: [3, message<object>({})] });
const watchResponse = message<WatchResponse>({
  header: [1, header], watchId: [2, 'int'], created: [3, 'bool'], canceled: [4, 'bool'], compactRevision: [5, 'int'], cancelReason: [6, 'string'],
  fragment: [7, 'bool'], events: [11, event, 'repeated'],
});
const leaseGrantRequest = message<LeaseGrantRequest>({ seconds: [1, 'int'] });
const leaseGrantResponse = message<LeaseGrantResponse>({ header: [1, header], id: [2, 'id'], seconds: [3, 'int'], error: [4, 'string'] });

export interface Method<Request extends object, Response extends object> { path: string; request: MessageType<Request>; response: MessageType<Response> }

export const RANGE: Method<RangeRequest, RangeResponse> = { path: '/etcdserverpb.KV/Range', request: rangeRequest, response: rangeResponse };
export const TXN: Method<TxnRequest, TxnResponse> = { path: '/etcdserverpb.KV/Txn', request: txnRequest, response: txnResponse };
export const COMPACT: Method<CompactionRequest, HeaderOnly> = { path: '/etcdserverpb.KV/Compact', request: compactionRequest, response: headerOnly };
export const WATCH: Method<WatchRequest, WatchResponse> = { path: '/etcdserverpb.Watch/Watch', request: watchRequest, response: watchResponse };
export const LEASE_GRANT: Method<LeaseGrantRequest, LeaseGrantResponse> = { path: '/etcdserverpb.Lease/LeaseGrant', request: leaseGrantRequest, response: leaseGrantResponse };
export const STATUS: Method<object, { version: string }> = { path: '/etcdserverpb.Maintenance/Status', request: message<object>({}), response: message<{ version: string }>({ version: [2, 'string'] }) };

const utf8 = new TextEncoder();
const text = new TextDecoder();
export const keyBytes = (key: string): Uint8Array => utf8.encode(key);
export const keyText = (key: Uint8Array): string => text.decode(key);

export interface KeyRange { key: Uint8Array; rangeEnd: Uint8Array }

/** Every key there is, as etcd says it. */
export const ALL_KEYS: KeyRange = { key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) };

/** The end (exclusive) of the keys that begin with `prefix`. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const byte = prefix[last] as number;
    if (byte === 0xff) continue;
    const end = prefix.slice(0, last + 1);
    end[last] = byte + 1;
    return end;
  }
  return ALL_KEYS.rangeEnd;
}
