"""Test cases of schemathesis for every operation of our OpenAPI document, made to meet objects that exist."""
import copy
import random
import string

import schemathesis
from bases import BASES, changed, differences
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as hypothesis_seed
from schemathesis.generation import GenerationMode

PATCH_TYPES = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"]
NAMESPACES = ["default"] * 6 + ["kube-public", "fuzz"]
NAMES = [f"{letter}1" for letter in string.ascii_lowercase[:16]]
# Those that a driver makes before it works on a kind.
MADE = NAMES[:12]
MODES = list(GenerationMode)
# A case that differs from the first in more places than this is taken as it is.
MOST_DIFFERENCES = 12


def load(document, base_url):
    """The operations of an OpenAPI document, and the kind of the bodies at each path. A patch's body, which the document calls any object, is read as the patched kind."""
    document = copy.deepcopy(document)
    kinds = {}
    # The document says only that these are strings; what is not one of them ends every case at the decoder.
    document["definitions"]["io.k8s.apimachinery.pkg.api.resource.Quantity"]["pattern"] = "^[1-9][0-9]{0,2}(m|Mi)?$"
    for operation in (operation for path in document["paths"].values() for operation in path.values() if isinstance(operation, dict)):
        # A parameter of its own each, so that one operation's can be changed.
        shared = document.get("parameters", {})
        operation["parameters"] = [dict(shared[each["$ref"].split("/")[-1]]) if "$ref" in each else each for each in operation.get("parameters", [])]
    for address, path in document["paths"].items():
        kind = next((body_schema(path[method]) for method in ("put", "post") if method in path and body_schema(path[method])), None)
        patch = path.get("patch")
        if patch and kind:
            for parameter in patch["parameters"]:
                if parameter["in"] == "body":
                    parameter["schema"] = kind
        if kind:
            kinds[address] = kind.get("$ref", "").split(".")[-1]
    schema = schemathesis.openapi.from_dict(document)
    schema.config.base_url = base_url
    return schema, [operation.ok() for operation in schema.get_all_operations()], kinds


def body_schema(operation):
    return next((parameter["schema"] for parameter in operation.get("parameters", []) if parameter["in"] == "body"), None)


class Aim:
    """Turns an operation's cases to few names in few namespaces, without what would end every one of them at the same first check."""

    def __init__(self, operation, kinds, chance: random.Random):
        self.operation, self.chance = operation, chance
        self.base = BASES.get(kinds.get(operation.path))
        self.kind = kinds.get(operation.path)
        self.version = operation.path.split("/")[2] if operation.path.startswith("/api/") else "/".join(operation.path.split("/")[2:4])
        self.named, _, self.subresource = operation.path.partition("/{name}")
        self.named_base = BASES.get(kinds.get(f"{self.named}/{{name}}"))
        self.template = None
        self.is_patch = operation.method.upper() == "PATCH"

    def variants(self, case):
        """The case as it is sent: a patch in each of the four types, anything else once."""
        given = (dict(case.path_parameters or {}), dict(case.query or {}), case.body)
        for media_type in PATCH_TYPES if self.is_patch and case.media_type else [None]:
            case.path_parameters, case.query, case.body = dict(given[0]), dict(given[1]), given[2]
            yield self.at(case, media_type)

    def at(self, case, patch_type):
        chance, path = self.chance, case.path_parameters
        if "namespace" in path and chance.random() < 0.95:
            path["namespace"] = chance.choice(NAMESPACES)
        if "name" in path and chance.random() < 0.9:
            path["name"] = chance.choice(NAMES)
        self.query(case.query)
        if isinstance(case.body, dict):
            self.body(case, path.get("name"))
        if patch_type and chance.random() < 0.97:
            case.media_type = patch_type
            if "apply" in patch_type and isinstance(case.body, dict) and chance.random() < 0.95:
                case.body = {**case.body, "apiVersion": self.version, "kind": self.kind}
            if "json-patch" in patch_type and isinstance(case.body, dict):
                case.body = self.json_patch(case.body)
            self.patch_query(case)
        return case

    def made(self):
        """Requests that make objects for an operation on named ones: path and body."""
        if self.named_base is None or self.operation.path == self.named:
            return
        collection = self.named.replace("{namespace}", "default")
        for name in MADE:
            yield collection, {**self.named_base, "metadata": {"name": name}}

    def query(self, query):
        # A watch ends at once where nothing is said of its time; see `server.ts`.
        if query.get("timeoutSeconds") not in (None, "", "0", 0) and self.chance.random() < 0.98:
            query["timeoutSeconds"] = 0
        for name in list(query):
            if name != "timeoutSeconds" and self.chance.random() < 0.6:
                del query[name]
        if self.chance.random() < 0.05:
            query["fieldValidation"] = "Strict"

    def patch_query(self, case):
        """Only an apply is forced, and it names its manager."""
        if self.chance.random() < 0.9:
            case.query.pop("force", None)
            if "apply" in case.media_type:
                case.query = {**case.query, "fieldManager": "fuzz", **({"force": "true"} if self.chance.random() < 0.7 else {})}

    def body(self, case, name):
        chance, body = self.chance, case.body
        if self.template is None:
            self.template = body
        if self.base is not None and chance.random() < 0.85:
            places = list(differences(self.template, body))
            if len(places) <= MOST_DIFFERENCES:
                # The valid object with what the tool changed; of a patch, only that.
                body = {} if self.is_patch and chance.random() < 0.5 else self.base
                for path, value in places:
                    body = changed(body, path, value)
        if chance.random() < 0.95:
            body = self.metadata(body, name)
        if chance.random() < 0.9:
            dropped = ("apiVersion", "kind") if self.subresource else ("apiVersion", "kind", "status")
            body = {key: value for key, value in body.items() if key not in dropped}
        case.body = body

    def metadata(self, body, name):
        chance, metadata = self.chance, body.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            return body
        metadata = dict(metadata or {})
        for field in ("namespace", "resourceVersion", "uid", "deletionTimestamp"):
            if chance.random() < 0.9:
                metadata.pop(field, None)
        if "generateName" not in metadata or chance.random() < 0.5:
            metadata["name"] = name or chance.choice(NAMES)
        return {**body, "metadata": metadata}

    def json_patch(self, body):
        """The fields of an object as operations of a JSON patch."""
        operations = []
        for key, value in body.items():
            pointer = "/" + key.replace("~", "~0").replace("/", "~1")
            while isinstance(value, dict) and value and self.chance.random() < 0.5:
                key = self.chance.choice(list(value))
                pointer, value = f"{pointer}/{key}", value[key]
            kind = self.chance.choice(["add", "add", "replace", "remove", "test", "move", "copy", "bogus"])
            operations.append({"op": kind, "path": pointer, "value": value, "from": "/metadata"} if self.chance.random() < 0.95 else value)
        return operations


def systematic(schema, operation):
    """Schemathesis' coverage phase: every value, type and bound of every field, right and wrong, one after the other."""
    yield from schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=schema.config.generation)


def random_cases(operation, count, seed):
    """Schemathesis' fuzzing phase: `count` random cases, right and wrong in turn."""
    for mode in MODES:
        found = []

        @hypothesis_seed(seed)
        @settings(max_examples=count // 2, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
        @given(operation.as_strategy(generation_mode=mode))
        def collect(case):
            found.append(case)

        try:
            collect()
        except Exception as error:  # noqa: BLE001  Hypothesis gives up on a schema that it cannot fill.
            print(f"{operation.label}: no {mode} cases: {error!r}"[:300], flush=True)
        yield from found
