import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from '../request/request-info.ts';
import { StationMetrics } from './station-metrics.ts';
import { Metrics, WatchMetrics, objectCountText } from './metrics.ts';

function served(metrics: Metrics, method: string, url: string, code: number, milliseconds = 7, bytes = 10, bodyBytes = 0): void {
  metrics.end(metrics.begin(parseRequestInfo(method, url), method), code, milliseconds, bytes, bodyBytes);
}

test('requests are counted by verb, scope and code, dry runs apart', () => {
  const metrics = new Metrics(0);
  served(metrics, 'POST', '/api/v1/namespaces/a/pods', 201);
  served(metrics, 'POST', '/api/v1/namespaces/b/pods', 201);
  served(metrics, 'POST', '/api/v1/namespaces/b/pods?dryRun=All', 201);
  served(metrics, 'GET', '/apis/apps/v1/deployments', 200);
  served(metrics, 'GET', '/some/path/of/a/client', 404);
  const text = metrics.text();
  const pods = 'component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="",verb="POST",version="v1"';
  assert.ok(text.includes(`\napiserver_request_total{code="201",${pods}} 2\n`));
  assert.ok(text.includes(`\napiserver_request_total{code="201",${pods.replace('dry_run=""', 'dry_run="All"')}} 1\n`));
  assert.ok(text.includes('code="200",component="apiserver",dry_run="",group="apps",resource="deployments",scope="cluster",subresource="",verb="LIST",version="v1"} 1\n'));
  assert.ok(text.includes('code="404",component="",dry_run="",group="",resource="",scope="",subresource="",verb="GET",version=""} 1\n'));
  assert.ok(text.includes(`\napiserver_request_duration_seconds_bucket{${pods},le="0.025"} 2\n`));
});

test('bodies are measured by resource and verb, writes by what they want of unknown fields, deprecated APIs are named', () => {
  const metrics = new Metrics(0);
  served(metrics, 'POST', '/api/v1/namespaces/a/pods?fieldValidation=Strict', 201, 7, 10, 60_000);
  served(metrics, 'POST', '/api/v1/namespaces/a/pods?dryRun=All', 201, 7, 10, 10);
  served(metrics, 'GET', '/api/v1/namespaces/a/endpoints', 200);
  metrics.tlsError();
  const text = metrics.text();
  const has = (line: string): void => assert.ok(text.includes(`\n${line}\n`), line);
  has('apiserver_request_body_size_bytes_bucket{group="",resource="pods",verb="create",le="50000"} 1');
  has('apiserver_request_body_size_bytes_sum{group="",resource="pods",verb="create"} 60010');
  has('field_validation_request_duration_seconds_count{field_validation="Strict"} 1');
  has('field_validation_request_duration_seconds_count{field_validation=""} 1');
  has('apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",subresource="",version="v1"} 1');
  has('apiserver_tls_handshake_errors_total 1');
});

test('time at the stations before the verb and at admission is told by what came of it', async () => {
  let now = 0;
  const stations = new StationMetrics({ now: () => now, monotonic: () => now, after: () => ({ cancel: () => undefined }) });
  const leave = stations.request();
  now += 20;
  leave('authentication');
  now += 1;
  leave('authorization');
  await stations.admission('admit', 'CREATE', async () => { now += 200; });
  await assert.rejects(stations.admission('validate', 'CREATE', async () => { throw new Error('no'); }));
  const text = stations.text();
  const has = (line: string): void => assert.ok(text.includes(`\n${line}\n`), line);
  has('apiserver_request_filter_duration_seconds_bucket{filter="authentication",le="0.01"} 0');
  has('apiserver_request_filter_duration_seconds_bucket{filter="authentication",le="0.03"} 1');
  has('apiserver_request_filter_duration_seconds_sum{filter="authorization"} 0.001');
  has('apiserver_admission_step_admission_duration_seconds_sum{operation="CREATE",rejected="false",type="admit"} 0.2');
  has('apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="true",type="validate"} 1');
});

test('watches are long: open ones are told, their time is not', () => {
  const metrics = new Metrics(0);
  const info = parseRequestInfo('GET', '/api/v1/pods?watch=1');
  const running = metrics.begin(info, 'GET');
  assert.match(metrics.text(), /^apiserver_longrunning_requests\{.*resource="pods".*verb="WATCH".*\} 1$/m);
  metrics.end(running, 200, 60_000, 0, 0);
  assert.match(metrics.text(), /^apiserver_longrunning_requests\{.*resource="pods".*\} 0$/m);
  assert.doesNotMatch(metrics.text(), /apiserver_request_duration_seconds_count\{.*WATCH/);
  const short = metrics.begin(parseRequestInfo('GET', '/api/v1/pods'), 'GET');
  assert.match(metrics.text(), /^apiserver_current_inflight_requests\{request_kind="readOnly"\} 1$/m);
  metrics.end(short, 200, 1, 1, 0);
  assert.match(metrics.text(), /^apiserver_current_inflight_requests\{request_kind="readOnly"\} 0$/m);
});

test('events of watches and objects are told by resource', () => {
  const watches = new WatchMetrics();
  const pods = { group: '', resource: 'pods', version: 'v1' };
  watches.of(pods).events += 3;
  watches.of(pods).events += 2;
  assert.match(watches.text(), /^apiserver_watch_events_total\{group="",resource="pods",version="v1"\} 5$/m);
  assert.match(objectCountText([{ group: 'apps', resource: 'deployments', count: 4 }]), /^apiserver_storage_objects\{resource="deployments.apps"\} 4$/m);
});
