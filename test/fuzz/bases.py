"""A valid object of each kind, its name apart: what a case differs from one field at a time."""

LABELS = {"app": "fuzz"}
POD = {
    "containers": [{
        "name": "c", "image": "localhost/fuzz", "ports": [{"name": "http", "containerPort": 80}], "env": [{"name": "A", "value": "b"}],
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }],
    "volumes": [{"name": "v", "emptyDir": {}}],
}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD}
SELECTOR = {"matchLabels": LABELS}
JOB = {"template": {"metadata": {"labels": LABELS}, "spec": {**POD, "restartPolicy": "Never"}}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["bindings"]}
POLICY_RULES = {"matchConstraints": {"resourceRules": [RULE]}, "failurePolicy": "Ignore"}
REFERENCE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
REQUIREMENTS = {"requests": [{"name": "r", "exactly": {"deviceClassName": "d"}}]}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a1"}

# By the body's definition in the OpenAPI document.
BASES = {
    "Pod": {"spec": POD}, "PodTemplate": {"template": TEMPLATE},
    "ReplicationController": {"spec": {"selector": LABELS, "template": TEMPLATE}}, "ReplicaSet": {"spec": {"selector": SELECTOR, "template": TEMPLATE}},
    "Deployment": {"spec": {"selector": SELECTOR, "template": TEMPLATE}}, "DaemonSet": {"spec": {"selector": SELECTOR, "template": TEMPLATE}},
    "StatefulSet": {"spec": {"selector": SELECTOR, "template": TEMPLATE, "serviceName": "s"}},
    "Job": {"spec": JOB}, "CronJob": {"spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": JOB}}},
    "Service": {"spec": {"selector": LABELS, "ports": [{"name": "http", "port": 80}]}},
    "Endpoints": {"subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]},
    "EndpointSlice": {"addressType": "IPv4", "endpoints": [{"addresses": ["192.0.2.1"]}], "ports": [{"name": "http", "port": 80}]},
    "PersistentVolumeClaim": {"spec": CLAIM},
    "PersistentVolume": {"spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Mi"}, "hostPath": {"path": "/v"}}},
    "ResourceQuota": {"spec": {"hard": {"count/leases.coordination.k8s.io": "1000"}}},
    "LimitRange": {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1000"}}]}},
    "ConfigMap": {"data": {"a": "b"}}, "Secret": {"data": {"a": "Yg=="}}, "Node": {"spec": {"podCIDR": "10.0.0.0/24"}},
    "Event": {"involvedObject": {"namespace": "default", "name": "a1"}, "reason": "R", "message": "m"},
    "Ingress": {"spec": {"rules": [{"host": "a.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}},
    "IngressClass": {"spec": {"controller": "example.com/c"}},
    "NetworkPolicy": {"spec": {"podSelector": SELECTOR, "ingress": [{"ports": [{"port": 80}]}]}},
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": SELECTOR}},
    "Role": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "ClusterRole": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "RoleBinding": {"roleRef": REFERENCE, "subjects": [{"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"}]},
    "ClusterRoleBinding": {"roleRef": REFERENCE, "subjects": [{"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"}]},
    "StorageClass": {"provisioner": "example.com/p"}, "VolumeAttributesClass": {"driverName": "example.com", "parameters": {"a": "b"}},
    "CSIDriver": {"spec": {}}, "CSINode": {"spec": {"drivers": []}}, "CSIStorageCapacity": {"storageClassName": "s"},
    "VolumeAttachment": {"spec": {"attacher": "a", "nodeName": "n", "source": {"persistentVolumeName": "p"}}},
    "PriorityClass": {"value": 10}, "RuntimeClass": {"handler": "h"}, "Lease": {"spec": {"holderIdentity": "h"}},
    "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 3, "scaleTargetRef": TARGET}},
    "ControllerRevision": {"revision": 1, "data": {"a": "b"}},
    "CertificateSigningRequest": {"spec": {"request": "Yg==", "signerName": "example.com/s", "usages": ["digital signature"]}},
    "ValidatingWebhookConfiguration": {"webhooks": []}, "MutatingWebhookConfiguration": {"webhooks": []},
    "ValidatingAdmissionPolicy": {"spec": {**POLICY_RULES, "validations": [{"expression": "true"}]}},
    "ValidatingAdmissionPolicyBinding": {"spec": {"policyName": "p", "validationActions": ["Audit"]}},
    "MutatingAdmissionPolicy": {"spec": {
        **POLICY_RULES, "reinvocationPolicy": "Never", "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}],
    }},
    "MutatingAdmissionPolicyBinding": {"spec": {"policyName": "p"}},
    "CustomResourceDefinition": {"spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "fuzzes", "kind": "Fuzz"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}],
    }},
    "APIService": {"spec": {"group": "fuzz.example.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1}},
    "FlowSchema": {"spec": {"priorityLevelConfiguration": {"name": "p"}}},
    "PriorityLevelConfiguration": {"spec": {"type": "Exempt"}},
    "ResourceClaim": {"spec": {"devices": REQUIREMENTS}}, "ResourceClaimTemplate": {"spec": {"spec": {"devices": REQUIREMENTS}}},
    "DeviceClass": {"spec": {}}, "ResourceSlice": {"spec": {"driver": "example.com", "nodeName": "n", "pool": {"name": "p", "resourceSliceCount": 1}}},
    "Scale": {"spec": {"replicas": 1}}, "Binding": {"target": {"kind": "Node", "name": "n"}}, "IPAddress": {"spec": {"parentRef": {"resource": "services", "name": "s", "namespace": "default"}}},
    "ServiceCIDR": {"spec": {"cidrs": ["10.200.0.0/16"]}}, "ClusterTrustBundle": {"spec": {"trustBundle": ""}},
    "SubjectAccessReview": {"spec": {"user": "u", "resourceAttributes": {"verb": "get", "resource": "pods"}}},
    "SelfSubjectAccessReview": {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}, "SelfSubjectRulesReview": {"spec": {"namespace": "default"}},
    "LocalSubjectAccessReview": {"spec": {"user": "u", "namespace": "default", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "default"}}},
    "TokenReview": {"spec": {"token": "t"}}, "TokenRequest": {"spec": {"audiences": []}},
}


def differences(template, value, path=()):
    """Where `value` differs from `template`: (path, new value or the reason to remove it)."""
    if isinstance(template, dict) and isinstance(value, dict):
        for key in template.keys() - value.keys():
            yield (*path, key), Ellipsis
        for key in value:
            if key not in template:
                yield (*path, key), value[key]
            else:
                yield from differences(template[key], value[key], (*path, key))
    elif isinstance(template, list) and isinstance(value, list) and len(template) == len(value):
        for index, pair in enumerate(zip(template, value)):
            yield from differences(*pair, (*path, index))
    elif template != value or type(template) is not type(value):
        yield path, value


def changed(base, path, value):
    """A copy of `base` with `value` at `path`; containers on the way are made, what is shared stays as it is."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        items = list(base) if isinstance(base, list) else []
        if key < len(items):
            items[key] = changed(items[key], rest, value)
        elif value is not Ellipsis:
            items.append(changed(None, rest, value))
        return items
    fields = dict(base) if isinstance(base, dict) else {}
    if not rest and value is Ellipsis:
        fields.pop(key, None)
    elif rest or value is not Ellipsis:
        fields[key] = changed(fields.get(key), rest, value)
    return fields
