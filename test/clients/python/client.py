"""The scenes of ../README.md by Kubernetes' Python client: client.py KUBECONFIG NAMESPACE prints a line of JSON a scene."""
import json
import sys
import threading
import traceback

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.informer import SharedInformer
from kubernetes.stream import portforward, stream
from kubernetes.stream.ws_client import ERROR_CHANNEL

KUBECONFIG, NAMESPACE = sys.argv[1:3]
config.load_kube_config(KUBECONFIG)
core, apps = client.CoreV1Api(), client.AppsV1Api()
SECONDS = 30
POD = "server"
COUNT = 7


def config_map(name, labels=None, data=None):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels=labels), data=data)


def equal(seen, wanted):
    assert seen == wanted, f"{seen!r} instead of {wanted!r}"


def refused(code, reason, action):
    """The error is the client's own, with the server's Status in it."""
    try:
        action()
    except ApiException as error:
        status = json.loads(error.body)
        equal((error.status, status["kind"], status["code"], status["reason"]), (code, "Status", code, reason))
        return status
    raise AssertionError(f"no error instead of {code}")


def create_and_delete():
    made = core.create_namespaced_config_map(NAMESPACE, config_map("short-lived", data={"a": "1"}))
    equal(core.read_namespaced_config_map("short-lived", NAMESPACE).metadata.uid, made.metadata.uid)
    made.data = {"a": "2"}
    equal(core.replace_namespaced_config_map("short-lived", NAMESPACE, made).data, {"a": "2"})
    equal(core.delete_namespaced_config_map("short-lived", NAMESPACE)["status"], "Success")
    refused(404, "NotFound", lambda: core.read_namespaced_config_map("short-lived", NAMESPACE))


def list_in_pages():
    for number in range(COUNT):
        core.create_namespaced_config_map(NAMESPACE, config_map(f"page-{number}", {"scene": "pages"}))
    names, sizes, token = [], [], None
    while token is None or token != "":
        page = core.list_namespaced_config_map(NAMESPACE, label_selector="scene=pages", limit=3, _continue=token)
        names += [item.metadata.name for item in page.items]
        sizes.append((len(page.items), page.metadata.remaining_item_count))
        token = page.metadata._continue or ""
    equal(names, [f"page-{number}" for number in range(COUNT)])
    equal([size for size, _ in sizes], [3, 3, 1])


def watch_and_resume():
    version = core.list_namespaced_config_map(NAMESPACE, label_selector="scene=watch").metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, config_map("watched", {"scene": "watch"}))
    first = next_events(1, resource_version=version)
    equal([(event["type"], event["object"].metadata.name) for event in first], [("ADDED", "watched")])
    # What happens while nobody watches is told from the version of the last event on.
    core.patch_namespaced_config_map("watched", NAMESPACE, {"data": {"a": "1"}})
    core.delete_namespaced_config_map("watched", NAMESPACE)
    rest = next_events(2, resource_version=first[0]["object"].metadata.resource_version)
    equal([event["type"] for event in rest], ["MODIFIED", "DELETED"])
    equal(rest[0]["object"].data, {"a": "1"})


def next_events(count, **options):
    watcher, events = watch.Watch(), []
    for event in watcher.stream(core.list_namespaced_config_map, NAMESPACE, label_selector="scene=watch", timeout_seconds=SECONDS, **options):
        events.append(event)
        if len(events) == count:
            watcher.stop()
            break
    return events


def watch_bookmarks():
    core.create_namespaced_config_map(NAMESPACE, config_map("marked", {"scene": "watch"}))
    events = next_events(2, send_initial_events=True, resource_version_match="NotOlderThan", allow_watch_bookmarks=True)
    core.delete_namespaced_config_map("marked", NAMESPACE)
    equal([event["type"] for event in events], ["ADDED", "BOOKMARK"])
    mark = events[1]["raw_object"]["metadata"]
    equal(mark["annotations"]["k8s.io/initial-events-end"], "true")
    assert int(mark["resourceVersion"]) >= int(events[0]["object"].metadata.resource_version)


def informer():
    core.create_namespaced_config_map(NAMESPACE, config_map("before", {"scene": "informer"}))
    seen = {kind: [] for kind in ("ADDED", "MODIFIED", "DELETED")}
    arrived = threading.Condition()

    def note(kind):
        def add(item):
            with arrived:
                seen[kind].append(item.metadata.name)
                arrived.notify_all()
        return add

    def wait_for(kind, name):
        with arrived:
            assert arrived.wait_for(lambda: name in seen[kind], SECONDS), f"{name} was never {kind}"

    shared = SharedInformer(core.list_namespaced_config_map, NAMESPACE, label_selector="scene=informer")
    for kind in seen:
        shared.add_event_handler(kind, note(kind))
    shared.start()
    try:
        wait_for("ADDED", "before")
        core.create_namespaced_config_map(NAMESPACE, config_map("later", {"scene": "informer"}))
        wait_for("ADDED", "later")
        core.patch_namespaced_config_map("before", NAMESPACE, {"data": {"a": "1"}})
        wait_for("MODIFIED", "before")
        core.delete_namespaced_config_map("later", NAMESPACE)
        wait_for("DELETED", "later")
        equal([(item.metadata.name, item.data) for item in shared.cache.list()], [("before", {"a": "1"})])
    finally:
        shared.stop()


def patch_json():
    core.create_namespaced_config_map(NAMESPACE, config_map("patched", data={"a": "1", "b": "2"}))
    changes = [{"op": "test", "path": "/data/a", "value": "1"}, {"op": "replace", "path": "/data/a", "value": "3"}, {"op": "remove", "path": "/data/b"}]
    equal(core.patch_namespaced_config_map("patched", NAMESPACE, changes).data, {"a": "3"})
    # The first line asks for a value that is no longer there.
    refused(422, "Invalid", lambda: core.patch_namespaced_config_map("patched", NAMESPACE, changes))


def patch_merge():
    result = core.patch_namespaced_config_map("patched", NAMESPACE, {"data": {"a": None, "c": "4"}}, _content_type="application/merge-patch+json")
    equal(result.data, {"c": "4"})


def deployment():
    labels = {"app": "patched"}
    container = client.V1Container(name="first", image="naru.local/tools:latest", command=["sleep", "1000"], env=[client.V1EnvVar(name="A", value="1")])
    template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container]))
    return client.V1Deployment(metadata=client.V1ObjectMeta(name="patched"), spec=client.V1DeploymentSpec(replicas=0, selector=client.V1LabelSelector(match_labels=labels), template=template))


def patch_strategic():
    apps.create_namespaced_deployment(NAMESPACE, deployment())
    change = {"spec": {"template": {"spec": {"containers": [{"name": "first", "env": [{"name": "B", "value": "2"}]}, {"name": "second", "image": "naru.local/tools:latest"}]}}}}
    containers = apps.patch_namespaced_deployment("patched", NAMESPACE, change).spec.template.spec.containers
    found = {item.name: [(variable.name, variable.value) for variable in item.env or []] for item in containers}
    equal(found, {"first": [("B", "2"), ("A", "1")], "second": []})


def apply(manager, fields, **options):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, **fields}
    return core.patch_namespaced_config_map("applied", NAMESPACE, body, field_manager=manager, _content_type="application/apply-patch+yaml", **options)


def server_side_apply():
    apply("one", {"data": {"a": "1", "b": "1"}})
    status = refused(409, "Conflict", lambda: apply("two", {"data": {"a": "2"}}))
    equal([cause["field"] for cause in status["details"]["causes"]], [".data.a"])
    equal(apply("two", {"data": {"a": "2"}}, force=True).data, {"a": "2", "b": "1"})
    # What its only owner no longer names goes.
    result = apply("one", {})
    equal(result.data, {"a": "2"})
    equal(sorted(entry.manager for entry in result.metadata.managed_fields if entry.operation == "Apply"), ["two"])


def errors():
    refused(404, "NotFound", lambda: core.read_namespaced_pod("nobody", NAMESPACE))
    made = core.create_namespaced_config_map(NAMESPACE, config_map("twice"))
    refused(409, "AlreadyExists", lambda: core.create_namespaced_config_map(NAMESPACE, config_map("twice")))
    core.patch_namespaced_config_map("twice", NAMESPACE, {"data": {"a": "1"}})
    refused(409, "Conflict", lambda: core.replace_namespaced_config_map("twice", NAMESPACE, made))
    status = refused(422, "Invalid", lambda: core.create_namespaced_config_map(NAMESPACE, config_map("Not_A_Name")))
    equal([cause["field"] for cause in status["details"]["causes"]], ["metadata.name"])


def start_pod():
    script = "mkdir -p /www && echo served > /www/index.html && echo started && echo second && exec httpd -f -p 8080 -h /www"
    container = client.V1Container(name="main", image="naru.local/tools:latest", command=["sh", "-c", script])
    core.create_namespaced_pod(NAMESPACE, client.V1Pod(metadata=client.V1ObjectMeta(name=POD), spec=client.V1PodSpec(containers=[container])))
    for event in watch.Watch().stream(core.list_namespaced_pod, NAMESPACE, field_selector=f"metadata.name={POD}", timeout_seconds=60):
        if any(condition.type == "Ready" and condition.status == "True" for condition in event["object"].status.conditions or []):
            return
    raise AssertionError("the pod was never ready")


def run(command, **options):
    return stream(core.connect_get_namespaced_pod_exec, POD, NAMESPACE, command=command, stdout=True, stderr=True, stdin=options.get("stdin", False), tty=False, _preload_content=False)


def exec_output():
    session = run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    session.run_forever(timeout=SECONDS)
    equal((session.read_stdout(), session.read_stderr(), session.returncode), ("out\n", "err\n", 3))


def exec_input():
    session = run(["sh", "-c", "read line; echo got $line"], stdin=True)
    session.write_stdin("a line\n")
    session.run_forever(timeout=SECONDS)
    equal((session.read_stdout(), session.returncode), ("got a line\n", 0))


def exec_no_such_command():
    session = run(["/no/such/program"])
    session.run_forever(timeout=SECONDS)
    equal(json.loads(session.read_channel(ERROR_CHANNEL))["status"], "Failure")


def logs():
    equal(core.read_namespaced_pod_log(POD, NAMESPACE), "started\nsecond\n")
    equal(core.read_namespaced_pod_log(POD, NAMESPACE, tail_lines=1), "second\n")
    followed = watch.Watch()
    for line in followed.stream(core.read_namespaced_pod_log, POD, NAMESPACE):
        equal(line, "started")
        followed.stop()
        break


def port_forward():
    forward = portforward(core.connect_get_namespaced_pod_portforward, POD, NAMESPACE, ports="8080")
    socket = forward.socket(8080)
    socket.settimeout(SECONDS)
    socket.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
    answer = b""
    while not answer.endswith(b"served\n"):
        part = socket.recv(4096)
        assert part, f"ended after {answer!r}"
        answer += part
    assert answer.startswith(b"HTTP/1."), answer
    socket.close()


SCENES = [create_and_delete, list_in_pages, watch_and_resume, watch_bookmarks, informer, patch_json, patch_merge, patch_strategic, server_side_apply, errors,
          start_pod, exec_output, exec_input, exec_no_such_command, logs, port_forward]

for scene in SCENES:
    try:
        scene()
        result = {"scene": scene.__name__.replace("_", "-")}
    except Exception:  # pylint: disable=broad-except
        result = {"scene": scene.__name__.replace("_", "-"), "error": traceback.format_exc(limit=-4)}
    print(json.dumps(result), flush=True)
