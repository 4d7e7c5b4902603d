import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../../schema/v1.37/types/networking-v1.ts';
import { networkWarnings } from '../common/address-warnings.ts';
import type { Findings } from '../common/findings.ts';
import { addressBytes, cidr, portName, portNumber, sloppyAddress } from '../common/formats.ts';
import { validateLabelSelector } from '../common/selectors.ts';

const TYPES = ['Ingress', 'Egress'];

function validatePort(findings: Findings, path: string, { protocol, port, endPort }: NetworkPolicyPort): void {
  if (protocol != null) findings.oneOf(`${path}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']);
  if (port == null) {
    if (endPort != null) findings.invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified');
  } else if (typeof port === 'string') {
    if (endPort != null) findings.invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric');
    findings.invalidEach(`${path}.port`, port, portName(port));
  } else {
    findings.invalidEach(`${path}.port`, port, portNumber(port));
    if (endPort == null) return;
    if (endPort < port) findings.invalid(`${path}.endPort`, endPort, 'must be greater than or equal to `port`');
    findings.invalidEach(`${path}.endPort`, endPort, portNumber(endPort));
  }
}

function parse(range: string): { bytes: Uint8Array; length: number } | undefined {
  const [base = '', length = ''] = range.split('/');
  const plain = sloppyAddress(base);
  return plain == null || !/^\d+$/.test(length) ? undefined : { bytes: addressBytes(plain), length: Number(length) };
}

function isStrictSubset(inner: string, outer: string): boolean {
  const a = parse(inner);
  const b = parse(outer);
  if (!a || !b || a.bytes.length !== b.bytes.length || b.length >= a.length) return false;
  for (let bit = 0; bit < b.length; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((a.bytes[bit >> 3] as number) & mask) !== ((b.bytes[bit >> 3] as number) & mask)) return false;
  }
  return true;
}

function validateBlock(findings: Findings, path: string, block: IPBlock, known: Set<string>): void {
  if (!block.cidr) return findings.required(`${path}.cidr`);
  const wrong = cidr(block.cidr);
  if (!known.has(block.cidr)) findings.invalidEach(`${path}.cidr`, block.cidr, wrong);
  if (!parse(block.cidr)) return;
  block.except?.forEach((range, index) => {
    const at = `${path}.except[${index}]`;
    if (!known.has(range)) findings.invalidEach(at, range, cidr(range));
    if (parse(range) && !isStrictSubset(range, block.cidr)) findings.invalid(at, range, 'must be a strict subset of `cidr`');
  });
}

function validatePeer(findings: Findings, path: string, peer: NetworkPolicyPeer, known: Set<string>): void {
  validateLabelSelector(findings, `${path}.podSelector`, peer.podSelector);
  validateLabelSelector(findings, `${path}.namespaceSelector`, peer.namespaceSelector);
  if (peer.ipBlock) validateBlock(findings, `${path}.ipBlock`, peer.ipBlock, known);
  if (!peer.podSelector && !peer.namespaceSelector && !peer.ipBlock) findings.required(path, 'must specify a peer');
  else if (peer.ipBlock && (peer.podSelector || peer.namespaceSelector)) findings.forbidden(path, 'may not specify both ipBlock and another peer');
}

function knownRanges(policy: NetworkPolicy | undefined): Set<string> {
  const peers = [...(policy?.spec?.ingress ?? []).flatMap(({ from = [] }) => from), ...(policy?.spec?.egress ?? []).flatMap(({ to = [] }) => to)];
  return new Set(peers.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])));
}

export function defaultNetworkPolicy({ spec }: NetworkPolicy): void {
  if (!spec) return;
  spec.podSelector ??= {};
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
}

export function checkNetworkPolicy(findings: Findings, { spec }: NetworkPolicy, old: NetworkPolicy | undefined): void {
  const known = knownRanges(old);
  validateLabelSelector(findings, 'spec.podSelector', spec?.podSelector);
  spec?.ingress?.forEach(({ ports, from }, index) => {
    ports?.forEach((port, position) => validatePort(findings, `spec.ingress[${index}].ports[${position}]`, port));
    from?.forEach((peer, position) => validatePeer(findings, `spec.ingress[${index}].from[${position}]`, peer, known));
  });
  spec?.egress?.forEach(({ ports, to }, index) => {
    ports?.forEach((port, position) => validatePort(findings, `spec.egress[${index}].ports[${position}]`, port));
    to?.forEach((peer, position) => validatePeer(findings, `spec.egress[${index}].to[${position}]`, peer, known));
  });
  const types = spec?.policyTypes ?? [];
  if (types.length > 2) return findings.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes');
  types.forEach((type, index) => findings.oneOf(`spec.policyTypes[${index}]`, type, TYPES));
}

export function policyWarnings({ spec }: NetworkPolicy): string[] {
  const ofBlocks = (at: string, peers: NetworkPolicyPeer[] | undefined): string[] => (peers ?? []).flatMap(({ ipBlock }, index) => [
    ...networkWarnings(`${at}[${index}].ipBlock.cidr`, ipBlock?.cidr ?? ''),
    ...(ipBlock?.except ?? []).flatMap((except, place) => networkWarnings(`${at}[${index}].ipBlock.except[${place}]`, except)),
  ]);
  return [
    ...(spec?.ingress ?? []).flatMap(({ from }, index) => ofBlocks(`spec.ingress[${index}].from`, from)),
    ...(spec?.egress ?? []).flatMap(({ to }, index) => ofBlocks(`spec.egress[${index}].to`, to)),
  ];
}
