export const NETWORK = `
core.v1.Service: One address and name for a set of pods.
  spec: Which pods, by which address and ports.
  status: What the load balancer gave.
core.v1.ServiceSpec: How pods are reached.
  ports: Ports of the Service. Needed, but for headless Services and ExternalName.
  selector: Labels of the pods behind it. Without it somebody else writes the EndpointSlices.
  clusterIP: Address inside the cluster. Given by the server; None makes the Service headless: its name leads to the pods themselves. It cannot be changed.
  clusterIPs: All such addresses, at most one of each family; the first is clusterIP.
  type: ClusterIP (default) inside the cluster, NodePort also at a port of each node, LoadBalancer also at an address outside, ExternalName is only another DNS name.
  externalIPs: Further addresses at which nodes take traffic for it. The cluster does not make them lead there.
  sessionAffinity: ClientIP sends a client to the same pod each time, None (default) does not.
  loadBalancerIP: Address that the load balancer shall use. Not every one does.
  loadBalancerSourceRanges: Ranges of addresses that the load balancer lets in. All by default.
  externalName: Of the type ExternalName: the DNS name it stands for.
  externalTrafficPolicy: Traffic from outside: Cluster (default) goes to any pod, Local only to pods of the node it came to and keeps the client's address.
  healthCheckNodePort: Port at which nodes tell whether they have a pod. With LoadBalancer and Local; given by the server.
  publishNotReadyAddresses: Pods that are not ready count too. False by default.
  sessionAffinityConfig: How long session affinity lasts.
  ipFamilies: IPv4, IPv6 or both in order. By the cluster.
  ipFamilyPolicy: SingleStack (default), PreferDualStack or RequireDualStack.
  allocateLoadBalancerNodePorts: Whether a load balancer's Service has node ports too. True by default.
  loadBalancerClass: Which load balancer serves it; the usual one by default. It cannot be changed once set.
  internalTrafficPolicy: Traffic from inside: Cluster (default) goes to any pod, Local only to pods of the same node.
  trafficDistribution: PreferSameZone or PreferSameNode sends traffic near where it can. PreferClose is the former name of PreferSameZone.
core.v1.ServicePort: A port of a Service.
  name: Name of the port, a DNS label; needed when there are several.
  protocol: TCP, UDP or SCTP. TCP by default.
  appProtocol: What is spoken there, such as kubernetes.io/h2c or a registered service name. For information.
  port: Port of the Service, 1 to 65535.
  targetPort: Port of the pods by number or name. The same as port by default.
  nodePort: Port of the nodes, from 30000 to 32767 unless the cluster says otherwise. Given by the server where the type needs one.
core.v1.SessionAffinityConfig: How long clients stay with their pod.
  clientIP: By the client's address.
core.v1.ClientIPConfig: Session affinity by address.
  timeoutSeconds: Seconds after the last connection. 10800 by default, at most 86400.
core.v1.ServiceStatus: State of a Service.
  loadBalancer: What the load balancer gave.
core.v1.LoadBalancerStatus: State of a load balancer.
  ingress: Where traffic comes in.
core.v1.LoadBalancerIngress: A place where traffic comes in.
  ip: Its address.
  hostname: Its DNS name.
  ipMode: VIP: traffic arrives with this address; Proxy: it arrives with the node's or pod's.
  ports: Its ports.
core.v1.PortStatus: A port of a load balancer.
  port: Its number.
  protocol: TCP, UDP or SCTP.
  error: What is wrong with it.
networking.v1.Ingress: Leads HTTP requests from outside to Services by host and path. A controller of its class does it.
  spec: The rules.
  status: Where requests come in.
networking.v1.IngressSpec: Rules of an Ingress. A default backend or a rule is needed.
  ingressClassName: IngressClass whose controller serves it; the default class by default.
  defaultBackend: Where requests go that no rule matches.
  tls: Certificates by host.
  rules: Rules by host.
networking.v1.IngressBackend: Where requests go; exactly one is given.
  service: A Service of the namespace.
  resource: Another object of the namespace.
networking.v1.IngressServiceBackend: A Service as backend.
  name: Name of the Service.
  port: Its port.
networking.v1.ServiceBackendPort: A port by name or number.
  name: Its name.
  number: Its number.
networking.v1.IngressTLS: A certificate.
  hosts: Hosts it is for.
  secretName: Secret of the type kubernetes.io/tls with tls.crt and tls.key.
networking.v1.IngressRule: Paths of a host.
  host: Host name; *.example.com stands for one label more. Any by default.
  http: The paths.
networking.v1.HTTPIngressRuleValue: Paths.
  paths: The paths; the longest that matches wins.
networking.v1.HTTPIngressPath: A path and where it leads.
  path: Begins with "/".
  pathType: Exact compares as a whole, Prefix by parts between slashes, ImplementationSpecific as the controller likes.
  backend: Where requests go.
networking.v1.IngressStatus: State of an Ingress.
  loadBalancer: Where requests come in.
networking.v1.IngressLoadBalancerStatus: State of its load balancer.
  ingress: Where requests come in.
networking.v1.IngressLoadBalancerIngress: A place where requests come in.
  ip: Its address.
  hostname: Its DNS name.
  ports: Its ports.
networking.v1.IngressPortStatus: A port of it.
  port: Its number.
  protocol: TCP, UDP or SCTP.
  error: What is wrong with it.
networking.v1.IngressClass: A kind of Ingress and the controller that serves it. The annotation ingressclass.kubernetes.io/is-default-class makes it the default.
  spec: The controller.
networking.v1.IngressClassSpec: A controller.
  controller: Its name, a domain and a path, at most 250 characters. It cannot be changed.
  parameters: An object with more settings.
networking.v1.IngressClassParametersReference: An object with settings.
  apiGroup: Group of its kind; empty for the core group.
  name: Its name.
  scope: Cluster (default) or Namespace.
  namespace: Its namespace; only with the scope Namespace.
networking.v1.NetworkPolicy: Which traffic pods may have. Pods that no policy selects may have all; of several policies each allows what it says.
  spec: The pods and what they may.
networking.v1.NetworkPolicySpec: What pods may.
  podSelector: Labels of the pods it is about. Empty: all of the namespace.
  ingress: Traffic they may get. Empty: none.
  egress: Traffic they may send. Empty: none. Names are looked up over the network too.
  policyTypes: Ingress, Egress or both. Ingress by default, and Egress when egress is given.
networking.v1.NetworkPolicyIngressRule: Traffic that is let in; ports and from must both match.
  ports: Ports of the pods. Absent: all.
  from: Where it comes from. Absent: anywhere.
networking.v1.NetworkPolicyEgressRule: Traffic that is let out; ports and to must both match.
  ports: Ports it goes to. Absent: all.
  to: Where it goes. Absent: anywhere.
networking.v1.NetworkPolicyPort: A port.
  protocol: TCP, UDP or SCTP. TCP by default.
  port: By number or name of a container port. Absent: all of the protocol.
  endPort: Last port of a range that begins with port.
networking.v1.NetworkPolicyPeer: Who is at the other end; ipBlock stands alone, both selectors together mean pods of those namespaces.
  podSelector: Labels of pods, of the policy's namespace unless namespaceSelector is given.
  namespaceSelector: Labels of namespaces. Empty: all.
  ipBlock: A range of addresses.
networking.v1.IPBlock: A range of addresses.
  cidr: Such as 192.168.1.0/24.
  except: Ranges inside it that are left out.
core.v1.Endpoints: Addresses behind a Service of the same name. EndpointSlices have taken its place.
  subsets: Addresses and ports that go together.
core.v1.EndpointSubset: Addresses and ports that go together.
  addresses: Those that are ready.
  notReadyAddresses: Those that are not.
  ports: Ports of all of them.
core.v1.EndpointAddress: An address.
  ip: The address; no loopback or link-local one.
  hostname: Host name of the endpoint.
  nodeName: Node it is on.
  targetRef: The pod.
core.v1.EndpointPort: A port of endpoints.
  name: Name of the Service's port.
  port: Its number.
  protocol: TCP, UDP or SCTP.
  appProtocol: What is spoken there.
discovery.v1.EndpointSlice: A part of the addresses behind a Service; the label kubernetes.io/service-name says of which. At most 1000.
  addressType: IPv4, IPv6 or FQDN. It cannot be changed.
  endpoints: The endpoints.
  ports: Ports of all of them, at most 100.
discovery.v1.Endpoint: One endpoint.
  addresses: Its address; only the first is used.
  conditions: Whether it takes traffic.
  hostname: Host name of the endpoint.
  targetRef: The pod.
  deprecatedTopology: Not used any more.
  nodeName: Node it is on.
  zone: Zone it is in.
  hints: Who should use it.
discovery.v1.EndpointConditions: State of an endpoint.
  ready: It takes new connections. Unknown counts as true.
  serving: It is ready, also while it ends.
  terminating: It is ending.
discovery.v1.EndpointHints: Who should use an endpoint.
  forZones: Clients of these zones.
  forNodes: Clients on these nodes.
discovery.v1.ForZone: A zone.
  name: Its name.
discovery.v1.ForNode: A node.
  name: Its name.
discovery.v1.EndpointPort: A port of endpoints.
  name: Name of the Service's port; unique in the slice.
  protocol: TCP, UDP or SCTP. TCP by default.
  port: Its number. Absent: all ports.
  appProtocol: What is spoken there.
`;
