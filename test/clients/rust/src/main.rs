//! The scenes of ../../README.md by the kube crates: client KUBECONFIG NAMESPACE prints a line of JSON a scene.
use std::{collections::BTreeMap, future::Future, time::Duration};

use futures::{AsyncBufReadExt, Stream, StreamExt, TryStreamExt, pin_mut};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Pod},
};
use kube::{
    Api, Client, Config, Error, ResourceExt,
    api::{
        AttachParams, DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams,
    },
    config::{KubeConfigOptions, Kubeconfig},
    core::Status,
    runtime::{WatchStreamExt, reflector, watcher},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const PATIENCE: Duration = Duration::from_secs(30);
const COUNT: usize = 7;

struct Scenes {
    maps: Api<ConfigMap>,
    deployments: Api<Deployment>,
    pods: Api<Pod>,
}

fn equal<T: PartialEq + std::fmt::Debug>(seen: T, wanted: T) -> Result {
    if seen == wanted { Ok(()) } else { Err(format!("{seen:?} instead of {wanted:?}").into()) }
}

fn config_map(name: &str, scene: Option<&str>, data: Value) -> ConfigMap {
    let labels = scene.map(|scene| json!({ "scene": scene }));
    serde_json::from_value(json!({ "metadata": { "name": name, "labels": labels }, "data": data })).expect("a config map")
}

fn pairs(map: &ConfigMap) -> BTreeMap<&str, &str> {
    map.data.iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// The error is the crate's own, with the server's Status in it.
async fn refused<T>(code: u16, reason: &str, action: impl Future<Output = kube::Result<T>>) -> Result<Status> {
    match action.await {
        Err(Error::Api(status)) => {
            equal((status.code, status.reason.as_str()), (code, reason))?;
            Ok(*status)
        }
        Err(other) => Err(format!("{other} instead of {code}").into()),
        Ok(_) => Err(format!("no error instead of {code}").into()),
    }
}

fn fields(status: &Status) -> Vec<String> {
    status.details.iter().flat_map(|details| &details.causes).map(|cause| cause.field.clone()).collect()
}

async fn next<S: Stream + Unpin>(stream: &mut S) -> Result<S::Item> {
    Ok(timeout(PATIENCE, stream.next()).await?.ok_or("the stream ended")?)
}

impl Scenes {
    async fn create(&self, name: &str, scene: Option<&str>, data: Value) -> kube::Result<ConfigMap> {
        self.maps.create(&PostParams::default(), &config_map(name, scene, data)).await
    }

    async fn merge(&self, name: &str, change: Value) -> kube::Result<ConfigMap> {
        self.maps.patch(name, &PatchParams::default(), &Patch::Merge(change)).await
    }

    async fn delete(&self, name: &str) -> kube::Result<()> {
        self.maps.delete(name, &DeleteParams::default()).await.map(|_| ())
    }

    async fn create_and_delete(&self) -> Result {
        let mut made = self.create("short-lived", None, json!({ "a": "1" })).await?;
        equal(self.maps.get("short-lived").await?.uid(), made.uid())?;
        made.data = Some(BTreeMap::from([("a".into(), "2".into())]));
        equal(pairs(&self.maps.replace("short-lived", &PostParams::default(), &made).await?), BTreeMap::from([("a", "2")]))?;
        let gone = self.maps.delete("short-lived", &DeleteParams::default()).await?;
        equal(gone.right().is_some_and(|status| status.is_success()), true)?;
        refused(404, "NotFound", self.maps.get("short-lived")).await?;
        equal(self.maps.get_opt("short-lived").await?.is_none(), true)
    }

    async fn list_in_pages(&self) -> Result {
        for number in 0..COUNT {
            self.create(&format!("page-{number}"), Some("pages"), json!({})).await?;
        }
        let (mut names, mut sizes) = (Vec::new(), Vec::new());
        let mut parameters = ListParams::default().labels("scene=pages").limit(3);
        loop {
            let page = self.maps.list(&parameters).await?;
            names.extend(page.items.iter().map(|item| item.name_any()));
            sizes.push(page.items.len());
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => parameters = parameters.continue_token(&token),
                None => break,
            }
        }
        equal(names, (0..COUNT).map(|number| format!("page-{number}")).collect())?;
        equal(sizes, vec![3, 3, 1])
    }

    /// The first events of a watch from a version on: kind, object.
    async fn events(&self, count: usize, parameters: &WatchParams, version: &str) -> Result<Vec<(&'static str, Value)>> {
        let stream = self.maps.watch(parameters, version).await?;
        pin_mut!(stream);
        let mut seen = Vec::new();
        while seen.len() < count {
            seen.push(match next(&mut stream).await?? {
                WatchEvent::Added(map) => ("added", serde_json::to_value(map)?),
                WatchEvent::Modified(map) => ("modified", serde_json::to_value(map)?),
                WatchEvent::Deleted(map) => ("deleted", serde_json::to_value(map)?),
                WatchEvent::Bookmark(mark) => ("bookmark", serde_json::to_value(mark)?),
                WatchEvent::Error(status) => return Err(status.message.into()),
            });
        }
        Ok(seen)
    }

    async fn watch_and_resume(&self) -> Result {
        let parameters = WatchParams::default().labels("scene=watch");
        let version = self.maps.list(&ListParams::default().labels("scene=watch")).await?.metadata.resource_version.ok_or("no version")?;
        self.create("watched", Some("watch"), json!({})).await?;
        let first = self.events(1, &parameters, &version).await?;
        equal((first[0].0, first[0].1["metadata"]["name"].as_str()), ("added", Some("watched")))?;
        // What happens while nobody watches is told from the version of the last event on.
        self.merge("watched", json!({ "data": { "a": "1" } })).await?;
        self.delete("watched").await?;
        let version = first[0].1["metadata"]["resourceVersion"].as_str().ok_or("no version")?;
        let rest = self.events(2, &parameters, version).await?;
        equal(rest.iter().map(|(kind, map)| (*kind, &map["data"]["a"])).collect(), vec![("modified", &json!("1")), ("deleted", &json!("1"))])
    }

    async fn watch_bookmarks(&self) -> Result {
        self.create("marked", Some("watch"), json!({})).await?;
        let seen = self.events(2, &WatchParams::default().labels("scene=watch").initial_events(), "").await?;
        self.delete("marked").await?;
        equal(seen.iter().map(|(kind, _)| *kind).collect(), vec!["added", "bookmark"])?;
        equal(&seen[1].1["metadata"]["annotations"]["k8s.io/initial-events-end"], &json!("true"))
    }

    /// By a list and a watch, and by a watch that starts with the list.
    async fn informer(&self) -> Result {
        self.create("before", Some("informer"), json!({})).await?;
        for (name, config) in [("listed", watcher::Config::default()), ("streamed", watcher::Config::default().streaming_lists())] {
            let (store, writer) = reflector::store();
            let stream = watcher(self.maps.clone(), config.labels("scene=informer")).default_backoff().reflect(writer).touched_objects();
            pin_mut!(stream);
            equal(next(&mut stream).await??.name_any(), "before".into())?;
            self.create(name, Some("informer"), json!({})).await?;
            equal(next(&mut stream).await??.name_any(), name.into())?;
            self.merge("before", json!({ "data": { "a": name } })).await?;
            equal(next(&mut stream).await??.name_any(), "before".into())?;
            self.delete(name).await?;
            equal(next(&mut stream).await??.name_any(), name.into())?;
            let state = store.state();
            equal(state.iter().map(|map| (map.name_any(), pairs(map))).collect(), vec![("before".to_string(), BTreeMap::from([("a", name)]))])?;
        }
        Ok(())
    }

    async fn patch_json(&self) -> Result {
        self.create("patched", None, json!({ "a": "1", "b": "2" })).await?;
        let changes = Patch::Json::<()>(serde_json::from_value(json!([
            { "op": "test", "path": "/data/a", "value": "1" },
            { "op": "replace", "path": "/data/a", "value": "3" },
            { "op": "remove", "path": "/data/b" },
        ]))?);
        equal(pairs(&self.maps.patch("patched", &PatchParams::default(), &changes).await?), BTreeMap::from([("a", "3")]))?;
        // The first line asks for a value that is no longer there.
        refused(422, "Invalid", self.maps.patch("patched", &PatchParams::default(), &changes)).await.map(|_| ())
    }

    async fn patch_merge(&self) -> Result {
        equal(pairs(&self.merge("patched", json!({ "data": { "a": null, "c": "4" } })).await?), BTreeMap::from([("c", "4")]))
    }

    async fn patch_strategic(&self) -> Result {
        let image = "naru.local/tools:latest";
        let containers = json!([{ "name": "first", "image": image, "command": ["sleep", "1000"], "env": [{ "name": "A", "value": "1" }] }]);
        let made = serde_json::from_value(json!({ "metadata": { "name": "patched" }, "spec": {
            "replicas": 0, "selector": { "matchLabels": { "app": "patched" } },
            "template": { "metadata": { "labels": { "app": "patched" } }, "spec": { "containers": containers } },
        } }))?;
        self.deployments.create(&PostParams::default(), &made).await?;
        let change = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "first", "env": [{ "name": "B", "value": "2" }] }, { "name": "second", "image": image }] } } } });
        let changed = serde_json::to_value(self.deployments.patch("patched", &PatchParams::default(), &Patch::Strategic(change)).await?)?;
        let containers = &changed["spec"]["template"]["spec"]["containers"];
        equal((&containers[0]["name"], &containers[1]["name"]), (&json!("first"), &json!("second")))?;
        equal(&containers[0]["env"], &json!([{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }]))
    }

    async fn apply(&self, parameters: PatchParams, data: Value) -> kube::Result<ConfigMap> {
        let mut body = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "applied" } });
        if !data.is_null() {
            body["data"] = data;
        }
        self.maps.patch("applied", &parameters, &Patch::Apply(body)).await
    }

    async fn server_side_apply(&self) -> Result {
        let (one, two) = (PatchParams::apply("one"), PatchParams::apply("two"));
        self.apply(one.clone(), json!({ "a": "1", "b": "1" })).await?;
        let status = refused(409, "Conflict", self.apply(two.clone(), json!({ "a": "2" }))).await?;
        equal(fields(&status), vec![".data.a".to_string()])?;
        equal(pairs(&self.apply(two.force(), json!({ "a": "2" })).await?), BTreeMap::from([("a", "2"), ("b", "1")]))?;
        // What its only owner no longer names goes.
        let result = self.apply(one, Value::Null).await?;
        equal(pairs(&result), BTreeMap::from([("a", "2")]))?;
        equal(result.managed_fields().iter().map(|entry| entry.manager.as_deref()).collect(), vec![Some("two")])
    }

    async fn errors(&self) -> Result {
        refused(404, "NotFound", self.pods.get("nobody")).await?;
        let made = self.create("twice", None, json!({})).await?;
        refused(409, "AlreadyExists", self.create("twice", None, json!({}))).await?;
        self.merge("twice", json!({ "data": { "a": "1" } })).await?;
        refused(409, "Conflict", self.maps.replace("twice", &PostParams::default(), &made)).await?;
        let status = refused(422, "Invalid", self.create("Not_A_Name", None, json!({}))).await?;
        equal(fields(&status), vec!["metadata.name".to_string()])
    }

    async fn start_pod(&self) -> Result {
        let script = "mkdir -p /www && echo served > /www/index.html && echo started && echo second && exec httpd -f -p 8080 -h /www";
        let pod = serde_json::from_value(json!({ "metadata": { "name": "server" }, "spec": { "containers": [{ "name": "main", "image": "naru.local/tools:latest", "command": ["sh", "-c", script] }] } }))?;
        self.pods.create(&PostParams::default(), &pod).await?;
        let is_ready = |pod: &Pod| pod.status.iter().flat_map(|status| status.conditions.iter().flatten()).any(|condition| condition.type_ == "Ready" && condition.status == "True");
        let stream = self.pods.watch(&WatchParams::default().fields("metadata.name=server"), "0").await?;
        pin_mut!(stream);
        loop {
            match next(&mut stream).await?? {
                WatchEvent::Added(pod) | WatchEvent::Modified(pod) if is_ready(&pod) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Output, error output, how it ended.
    async fn run(&self, command: &[&str], input: Option<&str>) -> Result<(String, String, Value)> {
        let parameters = AttachParams::default().stdin(input.is_some());
        let mut process = self.pods.exec("server", command.to_vec(), &parameters).await?;
        let status = process.take_status().ok_or("no status")?;
        let (mut stdout, mut stderr) = (process.stdout().ok_or("no stdout")?, process.stderr().ok_or("no stderr")?);
        if let Some(input) = input {
            process.stdin().ok_or("no stdin")?.write_all(input.as_bytes()).await?;
        }
        let (mut out, mut err) = (String::new(), String::new());
        timeout(PATIENCE, async { tokio::try_join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut err)) }).await??;
        let status = timeout(PATIENCE, status).await?.ok_or("ended without a status")?;
        Ok((out, err, serde_json::to_value(status)?))
    }

    async fn exec_output(&self) -> Result {
        let (out, err, status) = self.run(&["sh", "-c", "echo out; echo err >&2; exit 3"], None).await?;
        equal((out.as_str(), err.as_str()), ("out\n", "err\n"))?;
        equal(&status["details"]["causes"][0], &json!({ "reason": "ExitCode", "message": "3" }))
    }

    async fn exec_input(&self) -> Result {
        let (out, _, status) = self.run(&["sh", "-c", "read line; echo got $line"], Some("a line\n")).await?;
        equal((out.as_str(), &status["status"]), ("got a line\n", &json!("Success")))
    }

    async fn exec_no_such_command(&self) -> Result {
        let (_, _, status) = self.run(&["/no/such/program"], None).await?;
        equal(&status["status"], &json!("Failure"))
    }

    async fn logs(&self) -> Result {
        equal(self.pods.logs("server", &LogParams::default()).await?.as_str(), "started\nsecond\n")?;
        equal(self.pods.logs("server", &LogParams { tail_lines: Some(1), ..LogParams::default() }).await?.as_str(), "second\n")?;
        let mut lines = self.pods.log_stream("server", &LogParams { follow: true, ..LogParams::default() }).await?.lines();
        equal(timeout(PATIENCE, lines.try_next()).await??.as_deref(), Some("started"))
    }

    async fn port_forward(&self) -> Result {
        let mut forwarder = self.pods.portforward("server", &[8080]).await?;
        let mut stream = forwarder.take_stream(8080).ok_or("no stream")?;
        stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"served\n") {
            if timeout(PATIENCE, stream.read_buf(&mut answer)).await?? == 0 {
                return Err(format!("ended after {:?}", String::from_utf8_lossy(&answer)).into());
            }
        }
        equal(answer.starts_with(b"HTTP/1."), true)
    }
}

fn tell(scene: &str, result: Result) {
    println!("{}", json!({ "scene": scene, "error": result.err().map(|error| error.to_string()) }));
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let arguments: Vec<String> = std::env::args().collect();
    let config = Config::from_custom_kubeconfig(Kubeconfig::read_from(&arguments[1])?, &KubeConfigOptions::default()).await?;
    let (client, namespace) = (Client::try_from(config)?, arguments[2].as_str());
    let scenes = Scenes {
        maps: Api::namespaced(client.clone(), namespace),
        deployments: Api::namespaced(client.clone(), namespace),
        pods: Api::namespaced(client, namespace),
    };
    tell("create-and-delete", scenes.create_and_delete().await);
    tell("list-in-pages", scenes.list_in_pages().await);
    tell("watch-and-resume", scenes.watch_and_resume().await);
    tell("watch-bookmarks", scenes.watch_bookmarks().await);
    tell("informer", scenes.informer().await);
    tell("patch-json", scenes.patch_json().await);
    tell("patch-merge", scenes.patch_merge().await);
    tell("patch-strategic", scenes.patch_strategic().await);
    tell("server-side-apply", scenes.server_side_apply().await);
    tell("errors", scenes.errors().await);
    tell("start-pod", scenes.start_pod().await);
    tell("exec-output", scenes.exec_output().await);
    tell("exec-input", scenes.exec_input().await);
    tell("exec-no-such-command", scenes.exec_no_such_command().await);
    tell("logs", scenes.logs().await);
    tell("port-forward", scenes.port_forward().await);
    Ok(())
}
