/** Of fields that mean the same wherever they are; what a type says itself goes before it. */
export const COMMON = `
*: Fields that most kinds share.
  kind: Type of the object, in CamelCase. It cannot be changed.
  apiVersion: Group and version in which the object is written, such as apps/v1.
  metadata: Name, labels, annotations and what the server notes of the object.
  lastTransitionTime: When the status last changed.
  message: Why, for people.
  reason: Why, in one word for programs.
  observedGeneration: Generation of the object that this is about; less than metadata.generation: the controller has not seen the newest yet.
  conditions: What is or is not so, one entry a type.
  fsType: File system, such as ext4. The usual one of the driver by default.
  readOnly: Mounts it so that nothing can be written. False by default.
  secretRef: Secret with credentials.
meta.v1.Condition: One thing that is or is not so about an object.
  type: Its type, in CamelCase or with a domain.
  status: True, False or Unknown.
meta.v1.ObjectMeta: What every stored object has.
  selfLink: Not set any more.
  deletionGracePeriodSeconds: Seconds from the wish to delete it until it goes. Set by the server; can only be made shorter.
meta.v1.ListMeta: What every list has.
  selfLink: Not set any more.
  resourceVersion: State of the whole list; a watch can begin there.
  continue: Where the next part of the list begins. Empty: this was the last.
  remainingItemCount: How many objects are left, where that is known.
meta.v1.OwnerReference: An object without which this one is collected. It is in the same namespace or in none.
  name: Its name.
  uid: Its UID.
  controller: Whether it manages this object; only one can.
  blockOwnerDeletion: Whether its foreground deletion waits for this object. False by default.
meta.v1.ManagedFieldsEntry: Fields that one writer owns.
  manager: The writer.
  operation: Apply or Update.
  time: When it last changed them.
  fieldsType: FieldsV1.
  fieldsV1: The fields.
  subresource: Subresource through which they were written.
meta.v1.LabelSelector: Labels; both parts must hold. Empty selects all, absent none.
  matchLabels: Labels and their values.
  matchExpressions: Further requirements.
meta.v1.LabelSelectorRequirement: A requirement on one label.
  key: The label.
  operator: In, NotIn, Exists or DoesNotExist.
  values: Values: some for In and NotIn, none for the others.
`;
