/** What approvers and signers write on a request for a certificate. */
import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../../../schema/v1.37/types/certificates-v1.ts';
import { semanticEqual } from '../common/equality.ts';
import type { Findings } from '../common/findings.ts';

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];
export type Writer = 'approver' | 'signer' | 'other';

/** Conditions that stay, and that are never but true. */
const LASTING = ['Approved', 'Denied', 'Failed'];
const AT = 'status.conditions';

const ofType = (request: CertificateSigningRequest | undefined, type: string): Condition[] => request?.status?.conditions?.filter((condition) => condition.type === type) ?? [];

function checkConditions(findings: Findings, request: CertificateSigningRequest, old: CertificateSigningRequest | undefined): void {
  const types = new Set<string>();
  const before = old?.status?.conditions ?? [];
  const hadTwice = before.some(({ type }, index) => before.findIndex((other) => other.type === type) < index);
  request.status?.conditions?.forEach(({ type = '', status }, index) => {
    if (!type) findings.required(`${AT}[${index}].type`);
    findings.requiredOneOf(`${AT}[${index}].status`, status, LASTING.includes(type) ? ['True'] : ['False', 'True', 'Unknown']);
    if (types.has(type) && !hadTwice) findings.duplicate(`${AT}[${index}].type`, type);
    types.add(type);
  });
  const decisions = ['Approved', 'Denied'].map((type) => `conditions[{"type": "${type}"}]`);
  const hadBoth = ofType(old, 'Approved').length > 0 && ofType(old, 'Denied').length > 0;
  if (types.has('Approved') && types.has('Denied') && !hadBoth) {
    findings.invalid(AT, `{${decisions.join(', ')}}`, `must specify at most one of: ${decisions.map((decision) => `\`${decision}\``).join(', ')}`);
  }
}

function checkChange(findings: Findings, type: string, now: Condition[], before: Condition[], mayDecide: boolean): void {
  const quoted = JSON.stringify(type);
  if (now.length < before.length) findings.forbidden(AT, `updates may not remove a condition of type ${quoted}`);
  else if (mayDecide || type === 'Failed') return;
  else if (now.length > before.length) findings.forbidden(AT, `updates may not add a condition of type ${quoted}`);
  else if (!semanticEqual(now, before)) findings.forbidden(AT, `updates may not modify a condition of type ${quoted}`);
}

function certificateFault(pem: string): string | undefined {
  const blocks = [...pem.matchAll(/-----BEGIN ([^\n-]*)-----\r?\n([\s\S]*?)-----END \1-----/g)];
  for (const [block, type = '', body = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body.includes(':')) return 'no PEM block headers are permitted';
    try {
      new X509Certificate(block);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

function checkCertificate(findings: Findings, now: string, before: string, writer: Writer): void {
  if (now === before) return;
  const at = 'status.certificate';
  const fault = now ? certificateFault(Buffer.from(now, 'base64').toString('latin1')) : undefined;
  if (fault) findings.invalid(at, '<certificate data>', fault);
  if (writer !== 'signer') findings.forbidden(at, 'updates may not set certificate content');
  else if (before) findings.forbidden(at, 'updates may not modify existing certificate content');
}

export function checkStatusUpdate(findings: Findings, request: CertificateSigningRequest, old: CertificateSigningRequest, writer: Writer): void {
  checkConditions(findings, request, old);
  for (const type of LASTING) checkChange(findings, type, ofType(request, type), ofType(old, type), writer === 'approver');
  checkCertificate(findings, request.status?.certificate ?? '', old.status?.certificate ?? '', writer);
}

/** A decision stands as it was written: a signer's copy of it, which may be older, is not looked at. */
export function keepDecisions(request: CertificateSigningRequest, old: CertificateSigningRequest): void {
  for (const type of ['Approved', 'Denied']) {
    const before = ofType(old, type);
    if (before.length !== ofType(request, type).length) continue;
    let position = 0;
    const conditions = request.status?.conditions?.map((condition) => (condition.type === type ? before[position++] as Condition : condition));
    if (request.status && conditions) request.status.conditions = conditions;
  }
}
