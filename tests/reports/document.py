"""A page read as a browser reads it: its elements in order, each with its attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "path", "circle", "rect", "line"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def has_class(self, name: str) -> bool:
        return name in (self.attributes.get("class") or "").split()


class Document(HTMLParser):
    """elements: all of them, in order. Text belongs to every element open around it, spaced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.handle_data(" ")
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        self.handle_data(" ")
        names = [element.name for element in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data):
        for element in self.open:
            element.texts.append(data)

    def all(self, name: str, class_: str | None = None) -> list[Element]:
        return [
            e for e in self.elements if e.name == name and (class_ is None or e.has_class(class_))
        ]

    def patients(self) -> list[Element]:
        return self.all("details", "p")

    def patient(self, patient_id: str) -> Element:
        return next(e for e in self.patients() if e.text.startswith(patient_id))
