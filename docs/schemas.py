"""JSON schemas of the two configuration files, by which editors complete and check them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from mlscanner_hep.setup.adapter_file import AdapterFile
from mlscanner_hep.setup.config import ModelFile


def _schema(file: type[BaseModel], title: str) -> dict[str, Any]:
    schema = file.model_json_schema(by_alias=True)
    _untitle(schema)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema, "title": title}


def _untitle(node: Any) -> None:
    """Drop the titles that pydantic makes of names: editors show them instead of the text."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for below in node.values():
            _untitle(below)
    elif isinstance(node, list):
        for below in node:
            _untitle(below)


def model() -> dict[str, Any]:
    """The schema of model.toml."""
    return _schema(ModelFile, "model.toml of mlscanner-hep")


def adapter() -> dict[str, Any]:
    """The schema of adapter.toml."""
    schema = _schema(AdapterFile, "adapter.toml of mlscanner-hep")
    # In the file the observables stand beside `format`, and the class gathers them.
    output = schema["$defs"]["OutputTable"]
    del output["properties"]["observables"]
    output["additionalProperties"] = {"$ref": "#/$defs/ReadTable"}
    return schema


def text(schema: dict[str, Any]) -> str:
    """A schema as it stands in docs/schema."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
