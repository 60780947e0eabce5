"""Reads a file of FHIR R4 resources into the raw tables, in bounded memory.

Every resource, of Bundles within Bundles too, is a message here: n_messages counts them, and each
ends in rows, in a reject, or is of a type that is not asked for and passed over. A result is an
Observation's own value, or its lack where it is no panel, and each of its components. They are
counted in n_results = rows of raw.observation + n_results of the rejects + n_results_skipped, the
last being those that name nothing of interest. n_other_rows counts exposures and
merges, stored or refused.

The file is read twice: first for what others refer to, wherever it stands. Whatever it holds, no
error is raised here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from transforms.parse.delimited.gzip_file import is_damaged, open_unpacked
from transforms.parse.delimited.source_file import source_file
from transforms.parse.facility.facility import Facility
from transforms.parse.fhir.bundle import Unwrapping, survey
from transforms.parse.fhir.piece import Piece, pieces
from transforms.parse.fhir.reference import References
from transforms.parse.fhir.resource_reader import Batch, ResourceReader
from transforms.parse.fhir.resource_store import REFERRED_TO, ResourceStore
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.raw.reject import Reject
from transforms.parse.raw.source import Source

HEAD_BYTES = 256 << 10
# one of these stands in the JSON of a resource that others refer to: its type, or an escape in it
_REFERRED_TO = (b"\\u", *(f'"{kind}"'.encode() for kind in sorted(REFERRED_TO)))


def read_fhir(
    source: Source,
    facility: Facility,
    message_filter: MessageFilter | None = None,
    work: Path | None = None,
) -> Iterator[Batch]:
    """(raw table, batch) for every resource of the file; ("source_file", one row) is the last.

    `message_filter` finds the results worth keeping, others are only counted; None keeps all. What
    does not fit into memory lies in a private folder in `work`. Raises OSError when the file cannot
    be read, and nothing for what is in it.
    """
    with ResourceStore(work) as store:
        references = References(store)
        reader = ResourceReader(source, facility, references, message_filter)
        n_resources = 0
        if is_damaged(source.path):
            reader.buffer.refuse(Reject("file", "file", "gzip_damaged"))
        else:
            found = survey(_pieces(source.path, _REFERRED_TO), references)
            unwrapping = Unwrapping(found, references, store)
            for piece in _pieces(source.path):
                for sent in unwrapping.resources(piece):
                    reader.read(sent)
                if reader.is_full:
                    yield from reader.flush()
            n_resources = unwrapping.n_resources
            if not n_resources:
                reader.buffer.refuse(Reject("file", "file", "no_resource"))
        yield from reader.flush()
    columns = {
        "format": "fhir" if n_resources else "unreadable",
        "content": "mixed",
        "encoding": "utf-8",
        "n_messages": n_resources,
        "n_results": reader.n_results,
        "n_results_skipped": reader.n_skipped,
        "n_other_rows": reader.buffer.n_others,
        "interest_sha256": message_filter.sha256() if message_filter else None,
        "last_message_at": reader.last_at,
    }
    yield source_file(source, facility, **columns)


def _pieces(path: Path, wanted: Collection[bytes] = ()) -> Iterator[Piece]:
    with open_unpacked(path) as stream:
        head = stream.read(HEAD_BYTES)
    with open_unpacked(path) as stream:
        yield from pieces(stream, head, wanted)
