import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.reflect.TypeToken;
import io.kubernetes.client.Exec;
import io.kubernetes.client.PodLogs;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.AppsV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.util.Config;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.Watch;
import io.kubernetes.client.util.Yaml;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The scenes of ../README.md by Kubernetes' Java client: Client KUBECONFIG NAMESPACE prints a line of JSON a scene. */
public final class Client {
  private static final int SECONDS = 30;
  private static final int COUNT = 7;
  private static final String IMAGE = "naru.local/tools:latest";

  private interface Scene {
    void play() throws Exception;
  }

  private interface Request {
    Object execute() throws ApiException;
  }

  private final ApiClient client;
  private final CoreV1Api core;
  private final AppsV1Api apps;
  private final String namespace;
  private final String kubeconfig;

  private Client(ApiClient client, String kubeconfig, String namespace) {
    this.client = client;
    this.kubeconfig = kubeconfig;
    this.namespace = namespace;
    core = new CoreV1Api(client);
    apps = new AppsV1Api(client);
  }

  public static void main(String[] arguments) throws Exception {
    ApiClient api = Config.fromConfig(arguments[0]);
    api.setReadTimeout((int) TimeUnit.SECONDS.toMillis(SECONDS));
    new Client(api, arguments[0], arguments[1]).playAll();
    System.exit(0);
  }

  private void playAll() {
    Map<String, Scene> scenes = new LinkedHashMap<>();
    scenes.put("create-and-delete", this::createAndDelete);
    scenes.put("list-in-pages", this::listInPages);
    scenes.put("watch-and-resume", this::watchAndResume);
    scenes.put("watch-bookmarks", this::watchBookmarks);
    scenes.put("informer", this::informer);
    scenes.put("patch-json", this::patchJson);
    scenes.put("patch-merge", this::patchMerge);
    scenes.put("patch-strategic", this::patchStrategic);
    scenes.put("server-side-apply", this::serverSideApply);
    scenes.put("errors", this::errors);
    scenes.put("start-pod", this::startPod);
    scenes.put("exec-output", this::execOutput);
    scenes.put("exec-input", this::execInput);
    scenes.put("exec-no-such-command", this::execNoSuchCommand);
    scenes.put("logs", this::logs);
    scenes.put("port-forward", this::portForward);
    scenes.forEach((name, scene) -> {
      JsonObject line = new JsonObject();
      line.addProperty("scene", name);
      try {
        scene.play();
      } catch (Exception | AssertionError error) {
        String body = error instanceof ApiException refusal ? refusal.getResponseBody() : "";
        line.addProperty("error", error + " at " + error.getStackTrace()[1] + " " + body);
      }
      System.out.println(line);
    });
  }

  private static void equal(Object seen, Object wanted) {
    if (!Objects.equals(seen, wanted)) throw new AssertionError(seen + " instead of " + wanted);
  }

  /** The error is the client's own, with the server's Status in it. */
  private static JsonObject refused(int code, String reason, Request request) {
    try {
      request.execute();
    } catch (ApiException error) {
      JsonObject status = JsonParser.parseString(error.getResponseBody()).getAsJsonObject();
      equal(List.of(error.getCode(), status.get("kind").getAsString(), status.get("reason").getAsString()), List.of(code, "Status", reason));
      return status;
    }
    throw new AssertionError("no error instead of " + code);
  }

  private static List<String> fields(JsonObject status) {
    List<String> fields = new ArrayList<>();
    status.getAsJsonObject("details").getAsJsonArray("causes").forEach((cause) -> fields.add(cause.getAsJsonObject().get("field").getAsString()));
    return fields;
  }

  private V1ConfigMap create(String name, String scene, Map<String, String> data) throws ApiException {
    V1ObjectMeta metadata = new V1ObjectMeta().name(name).labels(scene == null ? null : Map.of("scene", scene));
    return core.createNamespacedConfigMap(namespace, new V1ConfigMap().metadata(metadata).data(data)).execute();
  }

  private V1ConfigMap patch(String format, String name, String change) throws ApiException {
    return PatchUtils.patch(V1ConfigMap.class, () -> core.patchNamespacedConfigMap(name, namespace, new V1Patch(change)).buildCall(null), format, client);
  }

  private V1ConfigMap merge(String name, String change) throws ApiException {
    return patch(V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH, name, change);
  }

  private void createAndDelete() throws ApiException {
    V1ConfigMap made = create("short-lived", null, Map.of("a", "1"));
    equal(core.readNamespacedConfigMap("short-lived", namespace).execute().getMetadata().getUid(), made.getMetadata().getUid());
    equal(core.replaceNamespacedConfigMap("short-lived", namespace, made.data(Map.of("a", "2"))).execute().getData(), Map.of("a", "2"));
    equal(core.deleteNamespacedConfigMap("short-lived", namespace).execute().getStatus(), "Success");
    refused(404, "NotFound", () -> core.readNamespacedConfigMap("short-lived", namespace).execute());
  }

  private void listInPages() throws ApiException {
    List<String> wanted = new ArrayList<>(), names = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (int number = 0; number < COUNT; number++) {
      wanted.add("page-" + number);
      create("page-" + number, "pages", null);
    }
    String token = null;
    do {
      V1ConfigMapList page = core.listNamespacedConfigMap(namespace).labelSelector("scene=pages").limit(3)._continue(token).execute();
      page.getItems().forEach((item) -> names.add(item.getMetadata().getName()));
      sizes.add(page.getItems().size());
      token = page.getMetadata().getContinue();
    } while (token != null && !token.isEmpty());
    equal(names, wanted);
    equal(sizes, List.of(3, 3, 1));
  }

  private List<Watch.Response<V1ConfigMap>> events(int count, CoreV1Api.APIlistNamespacedConfigMapRequest request) throws Exception {
    List<Watch.Response<V1ConfigMap>> events = new ArrayList<>();
    var type = new TypeToken<Watch.Response<V1ConfigMap>>() { }.getType();
    try (Watch<V1ConfigMap> watch = Watch.createWatch(client, request.labelSelector("scene=watch").watch(true).buildCall(null), type)) {
      while (events.size() < count && watch.hasNext()) events.add(watch.next());
    }
    return events;
  }

  private static List<String> types(List<Watch.Response<V1ConfigMap>> events) {
    return events.stream().map((event) -> event.type).toList();
  }

  private void watchAndResume() throws Exception {
    String version = core.listNamespacedConfigMap(namespace).labelSelector("scene=watch").execute().getMetadata().getResourceVersion();
    create("watched", "watch", null);
    var first = events(1, core.listNamespacedConfigMap(namespace).resourceVersion(version));
    equal(types(first), List.of("ADDED"));
    equal(first.get(0).object.getMetadata().getName(), "watched");
    // What happens while nobody watches is told from the version of the last event on.
    merge("watched", "{\"data\":{\"a\":\"1\"}}");
    core.deleteNamespacedConfigMap("watched", namespace).execute();
    var rest = events(2, core.listNamespacedConfigMap(namespace).resourceVersion(first.get(0).object.getMetadata().getResourceVersion()));
    equal(types(rest), List.of("MODIFIED", "DELETED"));
    equal(rest.get(0).object.getData(), Map.of("a", "1"));
  }

  private void watchBookmarks() throws Exception {
    create("marked", "watch", null);
    var events = events(2, core.listNamespacedConfigMap(namespace).sendInitialEvents(true).resourceVersionMatch("NotOlderThan").allowWatchBookmarks(true));
    core.deleteNamespacedConfigMap("marked", namespace).execute();
    equal(types(events), List.of("ADDED", "BOOKMARK"));
    equal(events.get(1).object.getMetadata().getAnnotations().get("k8s.io/initial-events-end"), "true");
  }

  private void informer() throws Exception {
    create("before", "informer", null);
    CountDownLatch listed = new CountDownLatch(1), added = new CountDownLatch(1), changed = new CountDownLatch(1), deleted = new CountDownLatch(1);
    // Informers want a client of their own that waits without end.
    ApiClient patient = Config.fromConfig(kubeconfig).setReadTimeout(0);
    SharedInformerFactory factory = new SharedInformerFactory(patient);
    CoreV1Api source = new CoreV1Api(patient);
    var informer = factory.sharedIndexInformerFor((parameters) -> source.listNamespacedConfigMap(namespace).labelSelector("scene=informer")
        .resourceVersion(parameters.resourceVersion).timeoutSeconds(parameters.timeoutSeconds).watch(parameters.watch).buildCall(null), V1ConfigMap.class, V1ConfigMapList.class);
    informer.addEventHandler(new ResourceEventHandler<V1ConfigMap>() {
      @Override public void onAdd(V1ConfigMap item) {
        ("before".equals(item.getMetadata().getName()) ? listed : added).countDown();
      }

      @Override public void onUpdate(V1ConfigMap old, V1ConfigMap item) {
        if ("before".equals(item.getMetadata().getName())) changed.countDown();
      }

      @Override public void onDelete(V1ConfigMap item, boolean isUnknown) {
        if ("later".equals(item.getMetadata().getName())) deleted.countDown();
      }
    });
    factory.startAllRegisteredInformers();
    try {
      equal(listed.await(SECONDS, TimeUnit.SECONDS), true);
      create("later", "informer", null);
      equal(added.await(SECONDS, TimeUnit.SECONDS), true);
      merge("before", "{\"data\":{\"a\":\"1\"}}");
      equal(changed.await(SECONDS, TimeUnit.SECONDS), true);
      core.deleteNamespacedConfigMap("later", namespace).execute();
      equal(deleted.await(SECONDS, TimeUnit.SECONDS), true);
      equal(informer.getIndexer().list().stream().map((item) -> item.getMetadata().getName() + item.getData()).toList(), List.of("before{a=1}"));
    } finally {
      factory.stopAllRegisteredInformers();
    }
  }

  private void patchJson() throws ApiException {
    create("patched", null, Map.of("a", "1", "b", "2"));
    String changes = "[{\"op\":\"test\",\"path\":\"/data/a\",\"value\":\"1\"},{\"op\":\"replace\",\"path\":\"/data/a\",\"value\":\"3\"},{\"op\":\"remove\",\"path\":\"/data/b\"}]";
    equal(patch(V1Patch.PATCH_FORMAT_JSON_PATCH, "patched", changes).getData(), Map.of("a", "3"));
    // The first line asks for a value that is no longer there.
    refused(422, "Invalid", () -> patch(V1Patch.PATCH_FORMAT_JSON_PATCH, "patched", changes));
  }

  private void patchMerge() throws ApiException {
    equal(merge("patched", "{\"data\":{\"a\":null,\"c\":\"4\"}}").getData(), Map.of("c", "4"));
  }

  private void patchStrategic() throws ApiException {
    apps.createNamespacedDeployment(namespace, Yaml.loadAs("""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: patched}
        spec:
          replicas: 0
          selector: {matchLabels: {app: patched}}
          template:
            metadata: {labels: {app: patched}}
            spec: {containers: [{name: first, image: "%s", command: [sleep, "1000"], env: [{name: A, value: "1"}]}]}
        """.formatted(IMAGE), V1Deployment.class)).execute();
    String change = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"first\",\"env\":[{\"name\":\"B\",\"value\":\"2\"}]},{\"name\":\"second\",\"image\":\"%s\"}]}}}}".formatted(IMAGE);
    V1Deployment changed = PatchUtils.patch(V1Deployment.class, () -> apps.patchNamespacedDeployment("patched", namespace, new V1Patch(change)).buildCall(null),
        V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH, client);
    List<V1Container> containers = changed.getSpec().getTemplate().getSpec().getContainers();
    equal(containers.stream().map(V1Container::getName).toList(), List.of("first", "second"));
    equal(containers.get(0).getEnv().stream().map((variable) -> variable.getName() + "=" + variable.getValue()).toList(), List.of("B=2", "A=1"));
  }

  private V1ConfigMap apply(String manager, String data, Boolean force) throws ApiException {
    String body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"applied\"}%s}".formatted(data == null ? "" : ",\"data\":" + data);
    return PatchUtils.patch(V1ConfigMap.class, () -> core.patchNamespacedConfigMap("applied", namespace, new V1Patch(body)).fieldManager(manager).force(force).buildCall(null),
        V1Patch.PATCH_FORMAT_APPLY_YAML, client);
  }

  private void serverSideApply() throws ApiException {
    apply("one", "{\"a\":\"1\",\"b\":\"1\"}", null);
    equal(fields(refused(409, "Conflict", () -> apply("two", "{\"a\":\"2\"}", null))), List.of(".data.a"));
    equal(apply("two", "{\"a\":\"2\"}", true).getData(), Map.of("a", "2", "b", "1"));
    // What its only owner no longer names goes.
    equal(apply("one", null, null).getData(), Map.of("a", "2"));
  }

  private void errors() throws ApiException {
    refused(404, "NotFound", () -> core.readNamespacedPod("nobody", namespace).execute());
    V1ConfigMap made = create("twice", null, null);
    refused(409, "AlreadyExists", () -> create("twice", null, null));
    merge("twice", "{\"data\":{\"a\":\"1\"}}");
    refused(409, "Conflict", () -> core.replaceNamespacedConfigMap("twice", namespace, made).execute());
    equal(fields(refused(422, "Invalid", () -> create("Not_A_Name", null, null))), List.of("metadata.name"));
  }

  private void startPod() throws Exception {
    String script = "mkdir -p /www && echo served > /www/index.html && echo started && echo second && exec httpd -f -p 8080 -h /www";
    V1Container container = new V1Container().name("main").image(IMAGE).command(List.of("sh", "-c", script));
    core.createNamespacedPod(namespace, new V1Pod().metadata(new V1ObjectMeta().name("server")).spec(new V1PodSpec().containers(List.of(container)))).execute();
    var call = core.listNamespacedPod(namespace).fieldSelector("metadata.name=server").watch(true).buildCall(null);
    try (Watch<V1Pod> watch = Watch.createWatch(client, call, new TypeToken<Watch.Response<V1Pod>>() { }.getType())) {
      while (watch.hasNext()) {
        var conditions = watch.next().object.getStatus().getConditions();
        if (conditions != null && conditions.stream().anyMatch((condition) -> condition.getType().equals("Ready") && condition.getStatus().equals("True"))) return;
      }
    }
    throw new AssertionError("the pod was never ready");
  }

  private Process run(boolean input, String... command) throws Exception {
    return new Exec(client).newExecutionBuilder(namespace, "server", command).setStdin(input).setStdout(true).setStderr(true).execute();
  }

  private static String text(java.io.InputStream stream) throws Exception {
    return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
  }

  private static int exitCode(Process process) throws Exception {
    equal(process.waitFor(SECONDS, TimeUnit.SECONDS), true);
    return process.exitValue();
  }

  private void execOutput() throws Exception {
    // Not at once: this client refuses to give the streams of a process that has ended before they were asked for.
    Process process = run(false, "sh", "-c", "sleep 1; echo out; echo err >&2; exit 3");
    var out = process.getInputStream();
    var err = process.getErrorStream();
    equal(text(out), "out\n");
    equal(text(err), "err\n");
    equal(exitCode(process), 3);
  }

  private void execInput() throws Exception {
    Process process = run(true, "sh", "-c", "read line; echo got $line");
    process.getOutputStream().write("a line\n".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    equal(text(process.getInputStream()), "got a line\n");
    equal(exitCode(process), 0);
  }

  private void execNoSuchCommand() throws Exception {
    int code = exitCode(run(false, "/no/such/program"));
    if (code == 0) throw new AssertionError("a program that is not there ended well");
  }

  private void logs() throws Exception {
    equal(core.readNamespacedPodLog("server", namespace).execute(), "started\nsecond\n");
    equal(core.readNamespacedPodLog("server", namespace).tailLines(1).execute(), "second\n");
    try (var lines = new BufferedReader(new InputStreamReader(new PodLogs(client).streamNamespacedPodLog(namespace, "server", "main"), StandardCharsets.UTF_8))) {
      equal(lines.readLine(), "started");
    }
  }

  private void portForward() throws Exception {
    try (var forward = new PortForward(client).forward(namespace, "server", List.of(8080))) {
      forward.getOutboundStream(8080).write("GET /index.html HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      forward.getOutboundStream(8080).flush();
      var answer = new StringBuilder();
      var stream = forward.getInputStream(8080);
      while (!answer.toString().endsWith("served\n")) {
        int next = stream.read();
        if (next < 0) throw new AssertionError("ended after " + answer);
        answer.append((char) next);
      }
      equal(answer.toString().startsWith("HTTP/1."), true);
    }
  }
}
