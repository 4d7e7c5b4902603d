/** What `kubectl explain` tells of the parts that all objects share. Its first words are those that clients look for. */
export const DESCRIPTIONS = {
  apiVersion: 'APIVersion defines the group and version of the schema that this object follows.',
  kind: 'Kind is the type of this object, in CamelCase. It cannot be changed.',
  metadata: "Standard object's metadata.",
  listMetadata: "Standard list's metadata.",
};

/** Of the fields of ObjectMeta. */
export const METADATA_DESCRIPTIONS: Record<string, string> = {
  annotations: 'Annotations are texts that tools keep with the object. They cannot be selected by.',
  creationTimestamp: 'CreationTimestamp is a timestamp of when the server made the object. Set by the server.',
  deletionTimestamp: 'DeletionTimestamp is the time after which the object is gone, once its deletion was asked for. Set by the server.',
  finalizers: 'Finalizers must all be taken away before the object goes.',
  generateName: 'GenerateName is the beginning of a name that the server completes, where no name is given.',
  generation: 'Generation counts the changes of the wanted state. Set by the server.',
  labels: 'Labels are keys and values by which objects are selected.',
  managedFields: 'ManagedFields tells which writer owns which fields. Kept by the server.',
  name: 'Name is unique among objects of a kind in a namespace. It cannot be changed.',
  namespace: 'Namespace is where the name is unique. Cluster-scoped objects have none.',
  ownerReferences: 'OwnerReferences name the objects without which this one is collected.',
  resourceVersion: 'ResourceVersion names this state of the object. To be compared for equality only. Set by the server.',
  uid: 'UID tells this object from all others, also from earlier ones of the same name. Set by the server.',
};
