import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { featuresToChange } from '../../api/kinds/pod/required-features.ts';
import type { AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { forbid } from './attributes.ts';

/** A running pod does not change in a way that its node has not said it can follow. */
export function nodeDeclaredFeatureValidator(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'NodeDeclaredFeatureValidator',
    handles: ({ info, subresource, operation }) => info.group === '' && info.resource === 'pods' && operation === 'UPDATE' && (subresource === '' || subresource === 'resize'),
    validate(attributes) {
      const pod = attributes.object as Pod, old = attributes.oldObject as Pod;
      const name = pod.spec?.nodeName;
      if (!name || pod.metadata?.generation === old.metadata?.generation) return;
      const wanted = featuresToChange(pod, old);
      if (wanted.length === 0) return;
      const node = reader.get('', 'nodes', '', name) as Node | undefined;
      if (!node) throw forbid(attributes, `node ${JSON.stringify(name)} not found`);
      const missing = wanted.filter((feature) => !node.status?.declaredFeatures?.includes(feature));
      if (missing.length > 0) throw forbid(attributes, `pod update requires features ${missing.join(', ')} which are not available on node ${JSON.stringify(name)}`);
    },
  };
}
