import type { RequestInfo } from '../contracts.ts';
import { Histogram } from '../../base/histogram.ts';
import { type Family, family, familyText } from '../../base/metric-text.ts';
import { processFamilies } from './process-metrics.ts';

const DURATION_SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const SLI_SECONDS = DURATION_SECONDS.slice(2);
const SIZE_BYTES = [1000, 10_000, 100_000, 1e6, 1e7, 1e8, 1e9];
/** How requests are told apart in upstream's metrics, where they are not called by their verb. */
const VERBS: Record<string, string> = { create: 'POST', update: 'PUT' };
const LONG_VERBS = new Set(['WATCH', 'CONNECT', 'PROXY']);
const LONG_SUBRESOURCES = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);
const BODY_BYTES = Array.from({ length: 31 }, (_, step) => 50_000 + 100_000 * step);
const WRITING_VERBS = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const VALIDATION_SECONDS = DURATION_SECONDS.slice(2);
/** What is served and not meant to be used any more. */
const DEPRECATED = new Set(['endpoints', 'componentstatuses']);
const SIZED_VERBS = new Set(['GET', 'LIST']);
/** Paths that are counted by name; what else clients may ask for would make a series a path. */
const KNOWN_ROOTS = new Set(['api', 'apis', 'openapi/v2', 'openapi/v3', 'version', 'metrics', 'healthz', 'livez', 'readyz', 'openid/v1/jwks', '.well-known/openid-configuration']);
const HEALTH = new Set(['healthz', 'livez', 'readyz']);

/** What is counted of requests that are alike in all labels but the code. */
interface Series {
  labels: string;
  resource?: { group: string; version: string; resource: string; subresource: string; verb: string };
  codes: Map<number, { plain: number; dryRun: number }>;
  isLong: boolean;
  running: number;
  durations: Histogram;
  /** Of requests that change nothing. */
  dryRuns: Histogram | undefined;
  sli: Histogram;
  sizes: Histogram | undefined;
  /** Of bodies that came, for requests that write. */
  bodies: Histogram | undefined;
}

/** Series by one label after another, so that a request finds its own without making a text. */
class Branch {
  private readonly branches = new Map<string, Branch>();
  series: Series | undefined;

  to(label: string): Branch {
    let branch = this.branches.get(label);
    if (!branch) this.branches.set(label, (branch = new Branch()));
    return branch;
  }
}

/** A request that is being served. */
export interface RunningRequest { series: Series; isMutating: boolean; isDryRun: boolean; fieldValidation: string | undefined }

/** Counters of the requests served, under upstream's names, in Prometheus' text form. */
export class Metrics {
  private readonly root = new Branch();
  private readonly all: Series[] = [];
  private readonly inFlight = { mutating: 0, readOnly: 0 };
  private tlsErrors = 0;
  private readonly validations = { '': new Histogram(VALIDATION_SECONDS), Strict: new Histogram(VALIDATION_SECONDS), Warn: new Histogram(VALIDATION_SECONDS), Ignore: new Histogram(VALIDATION_SECONDS) };
  private readonly startedSeconds: number;

  constructor(startedMilliseconds: number) {
    this.startedSeconds = startedMilliseconds / 1000;
  }

  tlsError(): void {
    this.tlsErrors++;
  }

  begin(info: RequestInfo | undefined, method: string): RunningRequest {
    const series = this.seriesOf(info, method);
    const isMutating = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
    series.running++;
    if (!series.isLong) this.inFlight[isMutating ? 'mutating' : 'readOnly']++;
    return { series, isMutating, fieldValidation: info && isMutating && series.bodies ? info.query.get('fieldValidation') ?? '' : undefined, isDryRun: isMutating && info?.query.has('dryRun') === true };
  }

  /** `bytes` of the answer, `bodyBytes` of what came. */
  end({ series, isMutating, isDryRun, fieldValidation }: RunningRequest, code: number, milliseconds: number, bytes: number, bodyBytes: number): void {
    series.running--;
    if (!series.isLong) this.inFlight[isMutating ? 'mutating' : 'readOnly']--;
    let count = series.codes.get(code);
    if (!count) series.codes.set(code, (count = { plain: 0, dryRun: 0 }));
    count[isDryRun ? 'dryRun' : 'plain']++;
    if (series.isLong) return;
    (isDryRun ? series.dryRuns ??= new Histogram(DURATION_SECONDS) : series.durations).observe(milliseconds / 1000);
    series.sli.observe(milliseconds / 1000);
    series.sizes?.observe(bytes);
    if (bodyBytes > 0) series.bodies?.observe(bodyBytes);
    if (fieldValidation !== undefined) this.validations[fieldValidation as keyof typeof this.validations]?.observe(milliseconds / 1000);
  }

  private seriesOf(info: RequestInfo | undefined, method: string): Series {
    const isResource = info?.isResourceRequest === true;
    const verb = isResource ? info.verb : method;
    const scope = !isResource ? '' : info.name || info.verb === 'create' ? 'resource' : info.namespace ? 'namespace' : 'cluster';
    const root = isResource ? info.subresource : rootOf(info?.path ?? '');
    const branch = this.root.to(isResource ? info.group : '').to(isResource ? info.version : '').to(isResource ? info.resource : '').to(root).to(verb).to(scope);
    return (branch.series ??= this.addSeries(isResource ? info : undefined, root, VERBS[verb] ?? verb.toUpperCase(), scope));
  }

  private addSeries(info: RequestInfo | undefined, subresource: string, verb: string, scope: string): Series {
    const isOwn = info !== undefined || subresource === 'api' || subresource === 'apis';
    const series: Series = {
      labels: `group="${info?.group ?? ''}",resource="${info?.resource ?? ''}",scope="${scope}",subresource="${subresource}",verb="${verb}",version="${info?.version ?? ''}"`,
      codes: new Map(), isLong: LONG_VERBS.has(verb) || (info !== undefined && LONG_SUBRESOURCES.has(subresource)), running: 0,
      durations: new Histogram(DURATION_SECONDS), dryRuns: undefined, sli: new Histogram(SLI_SECONDS), sizes: SIZED_VERBS.has(verb) ? new Histogram(SIZE_BYTES) : undefined,
      bodies: info && WRITING_VERBS.has(info.verb) ? new Histogram(BODY_BYTES) : undefined, ...(info ? { resource: { group: info.group, version: info.version, resource: info.resource, subresource, verb: info.verb } } : {}),
    };
    series.labels = `component="${isOwn ? 'apiserver' : ''}",${series.labels}`;
    this.all.push(series);
    return series;
  }

  text(): string {
    const histogram = (name: string, help: string, of: (series: Series) => Histogram | undefined): Family =>
      family(name, 'histogram', help, this.all.flatMap((series) => of(series)?.lines(name, series.labels) ?? []));
    return familyText([
      family('apiserver_request_total', 'counter', 'Requests by verb, resource and code.', this.all.flatMap(totals)),
      family('apiserver_request_duration_seconds', 'histogram', 'Time to answer, without watches.', this.all.flatMap(durationLines)),
      histogram('apiserver_request_sli_duration_seconds', 'Time to answer, as service level indicators count it.', ({ sli }) => sli),
      histogram('apiserver_response_sizes', 'Bytes of answers.', ({ sizes }) => sizes),
      family('apiserver_current_inflight_requests', 'gauge', 'Requests that are being served, without long ones.',
        Object.entries(this.inFlight).map(([kind, count]) => `apiserver_current_inflight_requests{request_kind="${kind}"} ${count}`)),
      family('apiserver_longrunning_requests', 'gauge', 'Watches and streams that are open.',
        this.all.filter(({ isLong }) => isLong).map(({ labels, running }) => `apiserver_longrunning_requests{${labels}} ${running}`)),
      family('apiserver_request_body_size_bytes', 'histogram', 'Bytes of requests that write.', bodySizeLines(this.all)),
      family('apiserver_requested_deprecated_apis', 'gauge', 'APIs that were asked for although they should not be used any more.', deprecatedLines(this.all)),
      family('apiserver_tls_handshake_errors_total', 'counter', 'Connections that did not come about.', [`apiserver_tls_handshake_errors_total ${this.tlsErrors}`]),
      family('field_validation_request_duration_seconds', 'histogram', 'Time of writes by what they want of unknown fields.',
        Object.entries(this.validations).flatMap(([kind, seconds]) => seconds.lines('field_validation_request_duration_seconds', `field_validation="${kind}"`))),
      ...processFamilies(this.startedSeconds),
    ]);
  }
}

/** Series that differ in what upstream does not tell apart are one. */
function bodySizeLines(all: Series[]): string[] {
  const merged = new Map<string, Histogram>();
  for (const { bodies, resource } of all) {
    if (!bodies || !resource) continue;
    const labels = `group="${resource.group}",resource="${resource.resource}",verb="${resource.verb}"`;
    const sum = merged.get(labels) ?? new Histogram(BODY_BYTES);
    sum.add(bodies);
    merged.set(labels, sum);
  }
  return [...merged].flatMap(([labels, histogram]) => histogram.lines('apiserver_request_body_size_bytes', labels));
}

function deprecatedLines(all: Series[]): string[] {
  const labels = all.flatMap(({ resource }) => resource && resource.group === '' && DEPRECATED.has(resource.resource)
    ? [`group="",removed_release="",resource="${resource.resource}",subresource="${resource.subresource}",version="${resource.version}"`] : []);
  return [...new Set(labels)].map((each) => `apiserver_requested_deprecated_apis{${each}} 1`);
}

/** Labels stand in alphabetic order: component, dry_run, group... */
function withDryRun(labels: string, dryRun: string): string {
  return labels.replace(',', `,dry_run="${dryRun}",`);
}

function durationLines({ labels, durations, dryRuns }: Series): string[] {
  const name = 'apiserver_request_duration_seconds';
  return [...durations.lines(name, withDryRun(labels, '')), ...dryRuns?.lines(name, withDryRun(labels, 'All')) ?? []];
}

function totals({ labels, codes }: Series): string[] {
  const line = (code: number, dryRun: string, count: number): string[] => (count > 0 ? [`apiserver_request_total{code="${code}",${withDryRun(labels, dryRun)}} ${count}`] : []);
  return [...codes].flatMap(([code, { plain, dryRun }]) => [...line(code, '', plain), ...line(code, 'All', dryRun)]);
}

/** What a request that is about no resource is counted under. */
function rootOf(path: string): string {
  const [first = '', second = '', ...rest] = path.slice(1).split('/');
  if (HEALTH.has(first)) return `/${first}`;
  if (first === 'openapi' || first === '.well-known') return KNOWN_ROOTS.has(`${first}/${second}`) ? `${first}/${second}` : '';
  return KNOWN_ROOTS.has(first) ? first : KNOWN_ROOTS.has([first, second, ...rest].join('/')) ? path.slice(1) : '';
}

/** A place in the store, for its gauges. */
export interface StoredPlace { group: string; resource: string; count: number }

/** How many objects there are of each resource, under both names that upstream has had for it. */
export function objectCountText(places: StoredPlace[]): string {
  const named = (place: StoredPlace): string => (place.group ? `${place.resource}.${place.group}` : place.resource);
  return familyText([
    family('apiserver_resource_objects', 'gauge', 'Objects of a resource.', places.map((place) => `apiserver_resource_objects{group="${place.group}",resource="${place.resource}"} ${place.count}`)),
    family('apiserver_storage_objects', 'gauge', 'Objects of a resource, by its former name.', places.map((place) => `apiserver_storage_objects{resource="${named(place)}"} ${place.count}`)),
  ]);
}

/** Events that watches of a resource were sent: how many, how large their objects were, how many told of the state at a watch's begin. */
export interface WatchCounter { group: string; resource: string; version: string; events: number; initial: number; sizes: Histogram }

const EVENT_BYTES = Array.from({ length: 8 }, (_, step) => 1024 * 2 ** step);

export class WatchMetrics {
  private readonly counters = new Map<object, WatchCounter>();

  /** By the resource's own entry in the scheme; asked for once a watch. */
  of(info: { group: string; resource: string; version: string }): WatchCounter {
    let counter = this.counters.get(info);
    if (!counter) this.counters.set(info, (counter = { group: info.group, resource: info.resource, version: info.version, events: 0, initial: 0, sizes: new Histogram(EVENT_BYTES) }));
    return counter;
  }

  text(): string {
    const sums = new Map<string, { events: number; sizes: Histogram }>();
    const initials = new Map<string, number>();
    for (const { group, resource, version, events, initial, sizes } of this.counters.values()) {
      const place = `group="${group}",resource="${resource}"`, labels = `${place},version="${version}"`;
      const sum = sums.get(labels) ?? { events: 0, sizes: new Histogram(EVENT_BYTES) };
      sum.events += events;
      sum.sizes.add(sizes);
      sums.set(labels, sum);
      if (initial > 0) initials.set(place, (initials.get(place) ?? 0) + initial);
    }
    return familyText([
      family('apiserver_watch_events_total', 'counter', 'Events sent to watches.', [...sums].map(([labels, { events }]) => `apiserver_watch_events_total{${labels}} ${events}`)),
      family('apiserver_watch_events_sizes', 'histogram', 'Bytes of the objects of these events.', [...sums].flatMap(([labels, { sizes }]) => sizes.lines('apiserver_watch_events_sizes', labels))),
      family('apiserver_init_events_total', 'counter', 'Events that told watches of what there was when they began.', [...initials].map(([labels, count]) => `apiserver_init_events_total{${labels}} ${count}`)),
    ]);
  }
}
