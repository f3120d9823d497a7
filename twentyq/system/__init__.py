"""What is known about the classes: systems, and the files they are written in."""

from twentyq.system.dictionaries import import_dictionaries
from twentyq.system.files import MAX_BYTES
from twentyq.system.library import available_systems, load_system
from twentyq.system.model import AttributeGroup, Rule, System
from twentyq.system.parse import parse_system
from twentyq.system.schema import json_schema
from twentyq.system.write import dump_system

__all__ = [
    "MAX_BYTES",
    "AttributeGroup",
    "Rule",
    "System",
    "available_systems",
    "dump_system",
    "import_dictionaries",
    "json_schema",
    "load_system",
    "parse_system",
]
