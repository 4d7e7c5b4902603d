export const DEFINITIONS = `
apiextensions.v1.CustomResourceDefinition: A kind of the cluster's own. Its name is PLURAL.GROUP.
  spec: What the kind is.
  status: Whether it is served.
apiextensions.v1.CustomResourceDefinitionSpec: What a kind is.
  group: Its group, a domain. It cannot be changed.
  names: What it is called.
  scope: Namespaced or Cluster. It cannot be changed.
  versions: Its versions; exactly one is stored.
  conversion: How objects get from one version into another. Only apiVersion changes by default.
  preserveUnknownFields: Must be false; kept so that old objects can be read.
apiextensions.v1.CustomResourceDefinitionNames: What a kind is called.
  plural: Name in URLs, in small letters.
  singular: Name of one. The kind in small letters by default.
  shortNames: Shorter names for kubectl.
  kind: Name in objects, in CamelCase.
  listKind: Name of lists. The kind with List by default.
  categories: Groups of kinds it belongs to, such as all.
apiextensions.v1.CustomResourceDefinitionVersion: A version of a kind.
  name: Such as v1beta1.
  served: Whether it can be used.
  storage: Whether objects are stored in it; of one version.
  deprecated: Requests get a warning. False by default.
  deprecationWarning: The warning, instead of the usual one. At most 256 characters.
  schema: What objects look like. Fields that it does not name are dropped.
  subresources: Whether there are status and scale.
  additionalPrinterColumns: Columns of kubectl get. The age by default.
  selectableFields: Fields by which lists can be selected, at most 8.
apiextensions.v1.CustomResourceValidation: What objects look like.
  openAPIV3Schema: A structural schema: every place has a type.
apiextensions.v1.CustomResourceSubresources: Subresources of a kind.
  status: With it, status is written only through /status, which writes nothing else.
  scale: With it, /scale reads and writes a number of replicas.
apiextensions.v1.CustomResourceSubresourceScale: Where the number of replicas is.
  specReplicasPath: Place of the wanted number, below .spec.
  statusReplicasPath: Place of the number there is, below .status.
  labelSelectorPath: Place of the pods' selector as a text, below .spec or .status. Autoscaling needs it.
apiextensions.v1.CustomResourceColumnDefinition: A column of kubectl get.
  name: Its heading.
  type: integer, number, string, boolean or date.
  format: More about the type; name marks the primary one.
  description: What it tells.
  priority: 0 is always shown, more only with -o wide.
  jsonPath: Place of the value in the object.
apiextensions.v1.SelectableField: A field by which lists can be selected.
  jsonPath: Its place: a text, number or boolean, no list on the way.
apiextensions.v1.CustomResourceConversion: How objects change their version.
  strategy: None (default) changes apiVersion only, Webhook asks a server.
  webhook: The server.
apiextensions.v1.WebhookConversion: A server that converts.
  clientConfig: Where it is.
  conversionReviewVersions: Versions of ConversionReview that it knows, best first.
apiextensions.v1.WebhookClientConfig: Where a server is; url or service is given.
  url: Its https address.
  service: A Service of the cluster.
  caBundle: Authorities of its certificate, PEM in base64. Those of the system by default.
apiextensions.v1.ServiceReference: A Service.
  namespace: Its namespace.
  name: Its name.
  path: Path of the request.
  port: Its port. 443 by default.
apiextensions.v1.CustomResourceDefinitionStatus: State of a definition.
  conditions: Established, NamesAccepted, NonStructuralSchema, Terminating and others.
  acceptedNames: Names under which it is served.
  storedVersions: Versions in which objects may be stored. A version that stands here cannot be removed from spec.
apiextensions.v1.ValidationRule: A rule on the values of a place and below, in CEL.
  rule: The expression; self is the value, oldSelf the one before a change. It must give true.
  message: What is told when it does not hold.
  messageExpression: An expression that makes that message.
  reason: FieldValueInvalid (default), FieldValueForbidden, FieldValueRequired or FieldValueDuplicate.
  fieldPath: Place that is named, below this one.
  optionalOldSelf: The rule also holds when there is no value before: oldSelf is then optional.
apiextensions.v1.JSONSchemaProps: A part of an OpenAPI schema.
apiextensions.v1.CustomResourceSubresourceStatus: The subresource status.
`;
