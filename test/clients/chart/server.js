// The webhook: sizes up to the limit in its ConfigMap, which it may read.
const { readFileSync } = require('node:fs');
const http = require('node:http');
const https = require('node:https');

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const { LIMITS, NAMESPACE, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;

function readLimit() {
  const headers = { authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}` };
  return new Promise((resolve, reject) => {
    https.get({ host, port, path: `/api/v1/namespaces/${NAMESPACE}/configmaps/${LIMITS}`, headers, ca: readFileSync(`${account}/ca.crt`) }, async (response) => {
      const body = await text(response);
      if (response.statusCode === 200) resolve(Number(JSON.parse(body).data.limit));
      else reject(new Error(`the limit: ${response.statusCode} ${body}`));
    }).on('error', reject);
  });
}

async function text(stream) {
  let all = '';
  for await (const part of stream.setEncoding('utf8')) all += part;
  return all;
}

https.createServer({ key: readFileSync('/keys/tls.key'), cert: readFileSync('/keys/tls.crt') }, async (request, response) => {
  const { request: { uid, object } } = JSON.parse(await text(request));
  const answer = await readLimit().then(
    (limit) => object.spec.size > limit ? { allowed: false, status: { code: 403, message: `size ${object.spec.size} is over ${limit}` } } : { allowed: true },
    (error) => ({ allowed: false, status: { code: 500, message: error.message } }));
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...answer } }));
}).listen(8443);
http.createServer((_, response) => response.end('ready\n')).listen(8080);
