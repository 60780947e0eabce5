"""The knowledge folder as tables, as rows and inside DuckDB."""

from __future__ import annotations

import duckdb
import pytest

from transforms.knowledge import load_knowledge


@pytest.fixture(scope="session")
def knowledge():
    return load_knowledge()


@pytest.fixture(scope="session")
def rows(knowledge):
    return {name: table.to_pylist() for name, table in knowledge.items()}


@pytest.fixture(scope="session")
def con(knowledge):
    with duckdb.connect() as connection:
        for name, table in knowledge.items():
            connection.register(name, table)
        yield connection
