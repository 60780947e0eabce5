"""Clinical judgement as data: the tables of this folder and how to load them."""

from transforms.knowledge.load import (
    KnowledgeError,
    check_threshold,
    knowledge_version,
    load_knowledge,
)

__all__ = ["KnowledgeError", "check_threshold", "knowledge_version", "load_knowledge"]
