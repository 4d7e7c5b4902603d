/** The name servers, search domains and options of a resolv.conf. */
export interface DnsSettings { nameservers: string[]; searches: string[]; options: string[] }

export function formatResolvConf(settings: DnsSettings): string {
  let text = '';
  if (settings.searches.length > 0) text += `search ${settings.searches.join(' ')}\n`;
  for (const server of settings.nameservers) text += `nameserver ${server}\n`;
  if (settings.options.length > 0) text += `options ${settings.options.join(' ')}\n`;
  return text;
}

/** Words it does not know are passed over, as resolvers do. */
export function parseResolvConf(text: string): DnsSettings {
  const settings: DnsSettings = { nameservers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.replace(/[#;].*/, '').trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) settings.nameservers.push(rest[0]);
    else if (word === 'search') settings.searches = rest.filter((search) => search !== '.');
    else if (word === 'options') settings.options = rest;
  }
  return settings;
}

/**
 * What a node can use of its machine's settings: loopback means the node itself there. A machine whose only server is a local stub
 * often names the servers behind it in a second file (systemd does): `behindStub`, that file's text.
 */
export function settingsForNode(text: string, behindStub: string): DnsSettings {
  const reachable = (settings: DnsSettings): DnsSettings => ({ ...settings, nameservers: settings.nameservers.filter((server) => !isLoopback(server)) });
  const own = reachable(parseResolvConf(text));
  const behind = reachable(parseResolvConf(behindStub));
  return own.nameservers.length === 0 && behind.nameservers.length > 0 ? behind : own;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
