import { CONFIG_MAPS } from '../../client/resources.ts';
import { ADDONS_CONFIG_MAP, KNOWN_ADDONS, type AddonName } from '../../compose/addons.ts';
import { requireRunning, withClient } from '../cluster-access.ts';
import { CommandError, printTable } from '../output.ts';

export async function listAddons(options: { name: string }): Promise<void> {
  const config = requireRunning(options.name);
  const map = await withClient(config, (client) => client.get(CONFIG_MAPS, ADDONS_CONFIG_MAP.namespace, ADDONS_CONFIG_MAP.name));
  printTable([['ADDON', 'STATUS', 'DOES'], ...Object.entries(KNOWN_ADDONS).map(([name, text]) => [name, map.data?.[name] === 'enabled' ? 'enabled' : 'disabled', text])]);
}

export async function setAddon(name: string, enabled: boolean, options: { name: string }): Promise<void> {
  const config = requireRunning(options.name);
  if (!(name in KNOWN_ADDONS)) throw new CommandError(`there is no add-on ${name}; there is: ${Object.keys(KNOWN_ADDONS).join(', ')}`);
  const data = { [name as AddonName]: enabled ? 'enabled' : 'disabled' };
  await withClient(config, (client) => client.patch(CONFIG_MAPS, ADDONS_CONFIG_MAP.namespace, ADDONS_CONFIG_MAP.name, { data }, { type: 'merge' }));
  process.stderr.write(`Add-on ${name} is ${enabled ? 'enabled' : 'disabled'} in cluster ${config.name}.\n`);
}
