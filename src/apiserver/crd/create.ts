import type { KindRules } from '../../api/kind-rules.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { StatusError } from '../../api/status.ts';
import type { ServiceConnector } from '../admission/webhooks/call.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import { beginDeletion, DefinitionController, type Registrar } from './controller.ts';
import { ObjectConverter } from './conversion.ts';
import { definitionRules } from './definition/rules.ts';
import { RegisteredDefinition } from './registered.ts';
import { customKindRules } from './rules.ts';
import { DEFINITIONS, type CustomResourceDefinition } from './types.ts';
import { hasRules, loadCel } from './values/rule-programs.ts';

/** What the API server is given by the part that serves custom resources. */
export interface CustomResources {
  kindRules(group: string, kind: string): KindRules | undefined;
  admission: AdmissionPlugin[];
  /** A stored custom object as a version shows it: converted, pruned, with defaults. The same object when nothing changes. */
  shown(object: KubernetesObject, info: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  /** A custom object as it is stored. */
  persisted(object: KubernetesObject, info: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  /** Registers all stored definitions, then follows them. */
  start(): Promise<void>;
  stop(): void;
}

interface Registered { definition: RegisteredDefinition; rules: KindRules; key: string }

export function createCustomResources(context: () => ServerContext, builtInRules: (group: string, kind: string) => KindRules | undefined, connectService: ServiceConnector): CustomResources {
  const byName = new Map<string, Registered>();
  const byKind = new Map<string, Registered>();
  const byResource = new Map<string, Registered>();
  let converter: ObjectConverter | undefined;
  let controller: DefinitionController | undefined;
  let own: KindRules | undefined;

  const registrar: Registrar = {
    register(definition) {
      const name = definition.metadata?.name ?? '';
      const key = JSON.stringify([definition.metadata?.uid, definition.metadata?.generation, definition.status?.acceptedNames, definition.status?.conditions?.map(({ type, status }) => [type, status])]);
      const before = byName.get(name);
      if (before?.key === key) return;
      if (overlapsBuiltIn(context(), definition)) return;
      const made = new RegisteredDefinition(definition);
      const entry: Registered = { definition: made, rules: customKindRules(made), key };
      if (before) forget(before);
      byName.set(name, entry);
      byKind.set(`${definition.spec.group}/${definition.status?.acceptedNames?.kind}`, entry);
      byResource.set(`${definition.spec.group}/${definition.spec.names.plural}`, entry);
      serve(context(), made, before?.definition);
    },
    unregister(name) {
      const entry = byName.get(name);
      if (!entry) return;
      byName.delete(name);
      forget(entry);
      for (const { info } of entry.definition.versions.values()) if (info) context().scheme.unregister(info.group, info.version, info.resource);
    },
  };
  function forget({ definition: { definition } }: Registered): void {
    byKind.delete(`${definition.spec.group}/${definition.status?.acceptedNames?.kind}`);
    byResource.delete(`${definition.spec.group}/${definition.spec.names.plural}`);
  }
  const registeredFor = (info: ResourceInfo): RegisteredDefinition | undefined => byResource.get(`${info.group}/${info.resource}`)?.definition;

  function convert(registered: RegisteredDefinition, object: KubernetesObject, version: string): KubernetesObject | Promise<KubernetesObject> {
    converter ??= new ObjectConverter(connectService, context().random);
    return converter.convert(registered.definition, object, version);
  }

  return {
    kindRules(group, kind) {
      if (group === DEFINITIONS.group && kind === 'CustomResourceDefinition') return (own ??= { ...definitionRules(builtInRules(group, kind)), beforeDelete: beginDeletion });
      return builtInRules(group, kind) ?? byKind.get(`${group}/${kind}`)?.rules;
    },
    admission: [expressionLoader(), refuseWhileTerminating((info) => registeredFor(info)?.terminating === true)],
    shown(object, info) {
      const registered = registeredFor(info);
      return registered ? registered.shown(object, info.version, () => convert(registered, object, info.version)) : object;
    },
    persisted(object, info) {
      const registered = registeredFor(info);
      return registered ? convert(registered, object, registered.storageVersion) : object;
    },
    async start() {
      controller = new DefinitionController(context(), registrar);
      await controller.start();
    },
    stop: () => controller?.stop(),
  };
}

/** A definition never takes the place of what the server brings itself. */
function overlapsBuiltIn({ scheme }: ServerContext, { spec }: CustomResourceDefinition): boolean {
  return scheme.resources().some((info) => info.builtIn && info.group === spec.group && info.resource === spec.names.plural);
}

function serve({ scheme }: ServerContext, now: RegisteredDefinition, before: RegisteredDefinition | undefined): void {
  for (const { info } of now.versions.values()) if (info) scheme.register(info);
  for (const { info } of before?.versions.values() ?? []) {
    if (info && !now.versions.get(info.version)?.info) scheme.unregister(info.group, info.version, info.resource);
  }
}

/** The library of expressions is loaded before a definition with rules is checked, which cannot wait. */
function expressionLoader(): AdmissionPlugin {
  return {
    name: 'CustomResourceExpressions',
    handles: ({ info, operation }) => info.group === DEFINITIONS.group && info.resource === DEFINITIONS.resource && operation !== 'DELETE',
    async admit({ object }) {
      if (hasRules((object as unknown as CustomResourceDefinition | undefined)?.spec?.versions)) await loadCel();
    },
  };
}

function refuseWhileTerminating(isTerminating: (info: ResourceInfo) => boolean): AdmissionPlugin {
  return {
    name: 'CustomResourceTermination',
    handles: ({ info, operation, subresource }) => !info.builtIn && operation === 'CREATE' && subresource === '',
    admit({ info }) {
      if (!isTerminating(info)) return;
      throw new StatusError(405, 'MethodNotAllowed', 'create not allowed while custom resource definition is terminating', { group: info.group, kind: info.resource });
    },
  };
}

