export const ADMISSION = `
admissionregistration.v1.ValidatingWebhookConfiguration: Servers that are asked before something is written and may refuse it.
  webhooks: The webhooks; all are asked at once.
admissionregistration.v1.MutatingWebhookConfiguration: Servers that are asked before something is written and may change it.
  webhooks: The webhooks, asked one after another, by configuration's name and then in this order.
admissionregistration.v1.ValidatingWebhook: A server that may refuse.
  name: Its name, a domain with at least three parts; unique in the configuration.
  clientConfig: Where it is.
  rules: What it is asked about.
  failurePolicy: When it cannot be asked: Fail (default) refuses, Ignore goes on.
  matchPolicy: Exact asks only for the versions in rules, Equivalent (default) also for others of the same object, converted.
  namespaceSelector: Labels of namespaces whose objects it is asked about. All by default.
  objectSelector: Labels of objects it is asked about. All by default; whoever writes objects can go round it.
  sideEffects: None or NoneOnDryRun. Others are not taken.
  timeoutSeconds: Seconds it may take, 1 to 30. 10 by default.
  admissionReviewVersions: Versions of AdmissionReview that it knows, best first.
  matchConditions: Expressions that must all be true for it to be asked, at most 64.
  reinvocationPolicy: IfNeeded asks it once more when a later one changed the object, Never (default) does not.
admissionregistration.v1.MutatingWebhook: A server that may change what is written.
  name: Its name, a domain with at least three parts; unique in the configuration.
  clientConfig: Where it is.
  rules: What it is asked about.
  failurePolicy: When it cannot be asked: Fail (default) refuses, Ignore goes on.
  matchPolicy: Exact asks only for the versions in rules, Equivalent (default) also for others of the same object, converted.
  namespaceSelector: Labels of namespaces whose objects it is asked about. All by default.
  objectSelector: Labels of objects it is asked about. All by default; whoever writes objects can go round it.
  sideEffects: None or NoneOnDryRun. Others are not taken.
  timeoutSeconds: Seconds it may take, 1 to 30. 10 by default.
  admissionReviewVersions: Versions of AdmissionReview that it knows, best first.
  matchConditions: Expressions that must all be true for it to be asked, at most 64.
  reinvocationPolicy: IfNeeded asks it once more when a later one changed the object, Never (default) does not.
admissionregistration.v1.WebhookClientConfig: Where a server is; url or service is given.
  url: Its https address, without user, query and fragment.
  service: A Service of the cluster.
  caBundle: Authorities of its certificate, PEM in base64. Those of the system by default.
admissionregistration.v1.ServiceReference: A Service.
  namespace: Its namespace.
  name: Its name.
  path: Path of the request.
  port: Its port. 443 by default.
admissionregistration.v1.RuleWithOperations: Requests that something is asked about.
  operations: CREATE, UPDATE, DELETE, CONNECT; * for all.
  apiGroups: Groups; "" is the core group, * all.
  apiVersions: Versions; * for all.
  resources: Such as pods or pods/status; * for all without subresources, */* with them.
  scope: Cluster, Namespaced or * (default).
admissionregistration.v1.NamedRuleWithOperations: Requests that something is asked about.
  resourceNames: Only objects of these names. All by default.
  operations: CREATE, UPDATE, DELETE, CONNECT; * for all.
  apiGroups: Groups; "" is the core group, * all.
  apiVersions: Versions; * for all.
  resources: Such as pods or pods/status; * for all without subresources, */* with them.
  scope: Cluster, Namespaced or * (default).
admissionregistration.v1.MatchCondition: A condition.
  name: Its name; unique in the list.
  expression: CEL with object, oldObject, request, authorizer and, in policies, params and variables. It must give a boolean.
admissionregistration.v1.ValidatingAdmissionPolicy: Expressions that must hold for what is written. A binding puts it into force.
  spec: The rules.
  status: What a look at the types found.
admissionregistration.v1.ValidatingAdmissionPolicySpec: Rules of a policy. validations or auditAnnotations are needed.
  paramKind: Kind of the objects that give it parameters. It has none by default.
  matchConstraints: Requests it is about.
  validations: Expressions that must be true.
  failurePolicy: When an expression cannot be worked out: Fail (default) refuses, Ignore goes on.
  auditAnnotations: What it adds to the audit log.
  matchConditions: Expressions that must all be true for the policy to count, at most 64.
  variables: Values that later expressions use as variables.NAME.
admissionregistration.v1.Validation: An expression that must be true.
  expression: CEL with object, oldObject, request, params, namespaceObject, variables and authorizer.
  messageExpression: An expression that makes the message.
admissionregistration.v1.AuditAnnotation: A note in the audit log.
  key: Its key; the policy's name comes before it.
  valueExpression: An expression that gives a text, or null for none.
admissionregistration.v1.Variable: A value with a name.
  name: Its name.
  expression: CEL that gives the value. It is worked out when it is first used.
admissionregistration.v1.ParamKind: A kind of parameters.
admissionregistration.v1.MatchResources: Requests that a policy is about.
  namespaceSelector: Labels of namespaces. All by default.
  objectSelector: Labels of objects. All by default.
  resourceRules: Requests it is about.
  excludeResourceRules: Requests it is not about, even when resourceRules says so.
  matchPolicy: Exact or Equivalent (default), as for webhooks.
admissionregistration.v1.ValidatingAdmissionPolicyStatus: What was found about a policy.
  typeChecking: What a look at the types found.
admissionregistration.v1.TypeChecking: What a look at the types found.
  expressionWarnings: Expressions that may fail.
admissionregistration.v1.ExpressionWarning: An expression that may fail.
  fieldRef: Where it is.
  warning: Why, by kind.
admissionregistration.v1.ValidatingAdmissionPolicyBinding: Puts a policy into force.
  spec: Which one, where and how.
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec: How a policy is put into force.
  policyName: The policy. One that does not exist has no effect.
  paramRef: The parameters.
  matchResources: Narrows down the requests of the policy.
  validationActions: What happens when it does not hold: Deny, Warn, Audit; not Deny and Warn together.
admissionregistration.v1.ParamRef: Objects that give parameters, by name or selector.
  name: Name of one.
  namespace: Namespace of them; that of the request by default, for namespaced kinds.
  selector: Labels of them; the policy must hold with each.
  parameterNotFoundAction: When there is none: Allow or Deny.
admissionregistration.v1.MutatingAdmissionPolicy: Expressions that change what is written. A binding puts it into force.
  spec: The changes.
admissionregistration.v1.MutatingAdmissionPolicySpec: Changes of a policy.
  paramKind: Kind of the objects that give it parameters. It has none by default.
  matchConstraints: Requests it is about.
  variables: Values that later expressions use as variables.NAME.
  mutations: The changes, in order.
  failurePolicy: When an expression cannot be worked out: Fail (default) refuses, Ignore goes on.
  matchConditions: Expressions that must all be true for the policy to count, at most 64.
  reinvocationPolicy: IfNeeded runs it once more when something later changed the object, Never does not.
admissionregistration.v1.Mutation: A change.
  patchType: ApplyConfiguration or JSONPatch; the field of that name is given.
  applyConfiguration: Fields to apply.
  jsonPatch: Operations on the object.
admissionregistration.v1.ApplyConfiguration: Fields to apply.
  expression: CEL that gives Object{...}.
admissionregistration.v1.JSONPatch: Operations on the object.
  expression: CEL that gives a list of JSONPatch{...}.
admissionregistration.v1.MutatingAdmissionPolicyBinding: Puts a policy into force.
  spec: Which one and where.
admissionregistration.v1.MutatingAdmissionPolicyBindingSpec: How a policy is put into force.
  policyName: The policy. One that does not exist has no effect.
  paramRef: The parameters.
  matchResources: Narrows down the requests of the policy.
apiregistration.v1.APIService: A group and version and who serves it. Its name is VERSION.GROUP.
  spec: Who serves it.
  status: Whether that one answers.
apiregistration.v1.APIServiceSpec: Who serves a group and version.
  service: The Service of an extension server; none: this server itself.
  group: The group.
  version: The version.
  insecureSkipTLSVerify: Takes every certificate. False by default; not together with caBundle.
  caBundle: Authorities of its certificate, PEM in base64.
  groupPriorityMinimum: Groups with more come first in discovery, 1 to 20000.
  versionPriority: Versions with more come first in their group, 1 to 1000.
apiregistration.v1.ServiceReference: A Service.
  namespace: Its namespace.
  name: Its name.
  port: Its port. 443 by default.
apiregistration.v1.APIServiceStatus: Whether a server answers.
flowcontrol.v1.FlowSchema: Sorts requests into priority levels.
  spec: Which requests, and where they go.
  status: Whether the level exists.
flowcontrol.v1.FlowSchemaSpec: Which requests go where.
  priorityLevelConfiguration: The level.
  matchingPrecedence: Schemas with less are looked at first, 1 to 10000. 1000 by default.
  distinguisherMethod: What makes a flow, whose requests wait in their turn. All requests are one flow by default.
  rules: Requests it is about; one must match.
flowcontrol.v1.PriorityLevelConfigurationReference: A priority level.
  name: Its name.
flowcontrol.v1.FlowDistinguisherMethod: What makes a flow.
  type: ByUser or ByNamespace.
flowcontrol.v1.PolicyRulesWithSubjects: Who asks for what.
  subjects: Who asks; one must match.
  resourceRules: For which resources.
  nonResourceRules: For which other paths.
flowcontrol.v1.Subject: Who asks.
  kind: User, Group or ServiceAccount.
  user: A user.
  group: A group.
  serviceAccount: A service account.
flowcontrol.v1.UserSubject: A user.
  name: The name; * for all.
flowcontrol.v1.GroupSubject: A group.
  name: The name; * for all.
flowcontrol.v1.ServiceAccountSubject: A service account.
  namespace: Its namespace.
  name: Its name; * for all of the namespace.
flowcontrol.v1.ResourcePolicyRule: Requests for resources.
  verbs: Verbs; * for all.
  apiGroups: Groups; * for all.
  resources: Resources; * for all.
  clusterScope: Also requests without a namespace. False by default.
  namespaces: Namespaces; * for all.
flowcontrol.v1.NonResourcePolicyRule: Requests for other paths.
  verbs: Verbs; * for all.
  nonResourceURLs: Paths; * at the end for all below.
flowcontrol.v1.FlowSchemaStatus: State of a flow schema.
flowcontrol.v1.PriorityLevelConfiguration: A share of what the server does at once.
  spec: The share.
  status: Its state.
flowcontrol.v1.PriorityLevelConfigurationSpec: A share.
  type: Limited or Exempt, which never waits.
  limited: How it is limited.
  exempt: What an exempt level lends.
flowcontrol.v1.LimitedPriorityLevelConfiguration: How a level is limited.
  nominalConcurrencyShares: Its share of the seats, compared with those of the others. 30 by default.
  limitResponse: What becomes of requests that find no seat.
  lendablePercent: Percent of its seats that others may borrow. 0 by default.
  borrowingLimitPercent: Percent of its seats that it may borrow. No limit by default.
flowcontrol.v1.LimitResponse: What becomes of requests that find no seat.
  type: Queue or Reject.
  queuing: How they wait.
flowcontrol.v1.QueuingConfiguration: How requests wait.
  queues: Number of queues. 64 by default.
  handSize: Queues among which a flow chooses the shortest. 8 by default.
  queueLengthLimit: Requests that a queue may hold. 50 by default.
flowcontrol.v1.ExemptPriorityLevelConfiguration: What an exempt level lends.
  nominalConcurrencyShares: Its share of the seats. 0 by default.
  lendablePercent: Percent of them that others may borrow. 0 by default.
flowcontrol.v1.PriorityLevelConfigurationStatus: State of a priority level.
storagemigration.v1.StorageVersionMigration: Writes all objects of a resource again, so that they are stored in the newest version.
  spec: Which resource.
  status: How far it is.
storagemigration.v1.StorageVersionMigrationSpec: What is migrated.
  resource: The resource. It cannot be changed.
storagemigration.v1.StorageVersionMigrationStatus: How far a migration is.
  resourceVersion: Objects that are older are written again.
meta.v1.GroupResource: A resource.
  group: Its group.
  resource: Its name.
`;
