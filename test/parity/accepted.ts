import type { Difference } from './compare.ts';

/** Differences that stay, each with its reason. All given properties must match. */
export interface Accepted {
  reason: string;
  kind?: RegExp;
  verb?: RegExp;
  path?: RegExp;
  /** Over the two values as JSON. */
  upstream?: RegExp;
  naru?: RegExp;
}

export const ACCEPTED: Accepted[] = [
  { path: /^((\.\*\.)?object\.)?columnDefinitions\.\*\.description$/, reason: 'descriptions are prose, and naru writes its own' },
  { verb: /^create$/, path: /^metadata\.resourceVersion$/, reason: 'a dry run of a creation echoes a resourceVersion that a creation refuses; naru leaves it out' },
  { kind: /^(APIService|CustomResourceDefinition)$/, path: /^details\.causes\.order$/, reason: 'upstream tells some findings about metadata of these kinds two to four times; naru tells each once' },
  { kind: /^ClusterRole(Binding)?$/, verb: /^list$/, path: /^items\.\*$/, upstream: /^\[\]$/, naru: /^\[\{"metadata":\{"name":"naru:node-network"(?:(?!\},\{"metadata").)*\]$/, reason: 'the one role of naru\'s own: what a node reads for its network' },
  { kind: /^FlowSchema$/, path: /^rows\.\*\.cells\.\*$/, upstream: /^(True|False|\?)$/, naru: /^(True|False|\?)$/, reason: 'the column shows the condition Dangling, which upstream writes with a delay when it was written often' },
  { kind: /^FlowSchema$/, path: /f:status\.f:conditions\.\.$/, reason: 'who owns the list of conditions depends on whether upstream has written Dangling before, which it does with a delay' },
  { kind: /^CustomResourceDefinition$/, verb: /^deletecollection$/, path: /^items(\.\*|$)/, reason: 'a collection of definitions is deleted at once by upstream, which leaves their objects behind; naru clears up first' },
  { kind: /^CustomResourceDefinition$/, verb: /^(status|get)$/, path: /^(status\.conditions|metadata\.managedFields)(\.|$)/, naru: /Established/, reason: 'a client has taken the server\'s own conditions away: naru writes them back, upstream leaves the definition without them, which then is served no longer' },
  { kind: /^Pod$/, verb: /^eviction$/, path: /^code$/, upstream: /^0 no answer/, naru: /^409 .*UID in the precondition/, reason: 'upstream tries again for ten seconds before it tells that the uid is another; naru tells it at once' },
  { verb: /^apply$/, path: /^message$/, upstream: /^failed to create typed patch object .*(\.metadata\.unknown|\.extra): field not declared/s, naru: /\.extra: field not declared/, reason: 'upstream walks a map in any order and stops at its first unknown field, so that what it tells of the others changes from run to run' },
  { verb: /^http$/, path: /^(gitCommit|goVersion|buildDate|serverAddressByClientCIDRs\.\*\.serverAddress|jwks_uri|keys\.\*\.(kid|x|y|n))$/, reason: 'builds, addresses and keys are each server\'s own' },
  { verb: /^http$/, path: /^body$/, upstream: /^\0\0\0/, naru: /^\0\0\0/, reason: 'the length of an event in protobuf, in which Go writes empty texts too' },
  { kind: /^PriorityClass$/, path: /^items\.\*\.description$/, upstream: /^Used for system critical pods/, reason: 'descriptions are prose, and naru writes its own' },
  { kind: /^APIService$/, verb: /^list$/, path: /^items\.\*$/, upstream: /^\[\]$/, naru: /^\[\{"metadata":\{"name":"v1beta1\.metrics\.k8s\.io"(?:(?!\},\{"metadata").)*\]$/, reason: 'naru serves metrics.k8s.io itself, upstream leaves it to an add-on' },
  { kind: /^CustomResourceDefinition$/, path: /^(message|details\.causes\.\*(\.message)?)$/, upstream: /\{"Name":/, naru: /\{("deprecat\w+":[^,]+,)?"name":|^\[\]$/, reason: 'findings about versions quote them whole; upstream in the form of its Go structures, naru as clients write them' },
];

export function acceptedReason(kind: string, verb: string, difference: Difference): string | undefined {
  const matches = (pattern: RegExp | undefined, value: unknown): boolean => !pattern || pattern.test(typeof value === 'string' ? value : JSON.stringify(value) ?? '');
  return ACCEPTED.find((each) => matches(each.kind, kind) && matches(each.verb, verb) && matches(each.path, difference.path)
    && matches(each.upstream, difference.upstream) && matches(each.naru, difference.naru))?.reason;
}
