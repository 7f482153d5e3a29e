"""Compares Kubernetes objects with their schemas: python kubernetes_schemas.py [CRD_DIR] < OBJECTS

OBJECTS is a JSON list. Core objects are compared with the schemas that the package kubernetes-validate
brings, of the oldest and the newest Kubernetes that Flux supports; custom ones with the CRDs in CRD_DIR.
Prints {"checked": number, "invalid": [text], "skipped": [kind]}; a kind is skipped if no CRD is there.
"""

import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

VERSIONS = ("1.34", "1.36")
# Kinds that the oldest version has not.
NEWER = {"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"}
# The first of them is the group of Pods and Services.
CORE_GROUPS = {"", "admissionregistration.k8s.io", "apps", "autoscaling", "batch", "networking.k8s.io",
               "node.k8s.io", "policy", "rbac.authorization.k8s.io"}


def custom_schemas(directory):
    """The schemas of a directory of CRDs, by group, version and kind."""
    schemas = {}
    for path in sorted(pathlib.Path(directory).glob("*.yaml")):
        for crd in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader):
            if not crd or crd.get("kind") != "CustomResourceDefinition":
                continue
            spec = crd["spec"]
            for version in spec["versions"]:
                key = (spec["group"], version["name"], spec["names"]["kind"])
                schemas[key] = closed(version["schema"]["openAPIV3Schema"])
    return schemas


def closed(schema, top=True):
    """The schema, with fields refused that it does not have: the API server would drop them silently."""
    if isinstance(schema, list):
        return [closed(item, top=False) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key == "properties":
            result[key] = {name: closed(field, top=False) for name, field in value.items()}
        elif key in ("items", "additionalProperties", "not"):
            result[key] = closed(value, top=False)
        elif key in ("allOf", "anyOf", "oneOf"):
            # They repeat some fields of the schema that they are in, which alone has all of them.
            result[key] = value
        else:
            result[key] = value
    fields = result.get("properties")
    is_open = result.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in result
    if fields and not is_open:
        result["additionalProperties"] = False
    if top:
        # Every object has one, of which a CRD says no more than that.
        result["properties"]["metadata"] = {"type": "object"}
    if result.get("nullable") and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    return result


def errors(thing, customs):
    """What is wrong with an object, or None if there is nothing to compare it with."""
    group, _, version = thing["apiVersion"].rpartition("/")
    if group in CORE_GROUPS:
        return core_errors(thing)
    schema = customs.get((group, version, thing["kind"]))
    if schema is None:
        return None
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(thing)]


def core_errors(thing):
    found = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"Kubernetes {version}: {error.json_path}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError as error:
            if thing["kind"] not in NEWER or version == VERSIONS[-1]:
                found.append(error.message)
    return found


def main():
    customs = custom_schemas(sys.argv[1]) if len(sys.argv) > 1 else {}
    report = {"checked": 0, "invalid": [], "skipped": set()}
    for thing in json.load(sys.stdin):
        name = f"{thing['kind']} {thing['metadata']['name']}"
        found = errors(thing, customs)
        if found is None:
            report["skipped"].add(f"{thing['apiVersion']} {thing['kind']}")
        else:
            report["checked"] += 1
            report["invalid"] += [f"{name}: {error}" for error in found]
    report["skipped"] = sorted(report["skipped"])
    json.dump(report, sys.stdout)


main()
