"""One self-contained HTML page: its style and script are allowed by hash, everything is escaped.

A page shows text that feeds have sent. Its policy lets a browser run and fetch nothing but what
stands here, so that text in it can do no harm even where an escape were forgotten.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from igwatch.base.knowledge import knowledge_rows
from reports.safe_text import age, day, months, quantity, safe_text
from reports.wording import has_wording, wording

TEMPLATE = Path(__file__).with_name("template")
SHARED = 0o640


def render(page: str, templates: Environment, **variables: object) -> str:
    """A page from template/<page>.html with <page>.css and every <page>*.js inlined; a page that
    has any saves what a person marked (saved_csv.js)."""
    css = _text("page.css") + _text(f"{page}.css")
    own = sorted(path.name for path in TEMPLATE.glob(f"{page}*.js"))
    js = "".join(map(_text, ["saved_csv.js", *own] if own else []))
    scripts = _hash(js) if js else "'none'"
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {scripts}; "
        "base-uri 'none'; form-action 'none'"
    )
    template = templates.get_template(f"{page}.html")
    return template.render(policy=policy, style=Markup(css), script=Markup(js), **variables)


def load_templates(**filters: Callable) -> Environment:
    """The templates, which escape everything, with the wordings and these further filters."""
    templates = Environment(
        loader=FunctionLoader(_unindented),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "safe_text": safe_text,
        "day": day,
        "age": age,
        "months": months,
        **filters,
    }
    templates.globals |= {"wording": wording, "has_wording": has_wording, "quantity": quantity}
    templates.globals["orders_today"] = partial(knowledge_rows, "order_today")
    return templates


def _unindented(name: str) -> str:
    """A template without its indentation, which thousands of patients would repeat."""
    return re.sub(r"\n\s+", "\n", _text(name))


def _text(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def slug(name: str) -> str:
    """A name as a file name of [a-z0-9-]; names that only differ otherwise get a digest each."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if plain == name.lower().replace(" ", "-") and len(plain) <= 60:
        return plain
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{plain[:60].strip('-') or 'clinic'}-{digest}"
