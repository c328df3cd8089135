"""Whether a word stands in a document, before it is looked for in its tree."""

from __future__ import annotations

from migrator.model.inputs import Document
from migrator.trees.dig import keys_and_texts


def may_hold(document: Document, *words: str) -> bool:
    """False where no key and no string of the document holds one of the words, which have no blanks.

    The text of a document has all of them as they are, unless there is an escape in it: where lines
    are folded, a blank stands between them. A document that a plan changes keeps its text, so this
    is not for words that a step writes.
    """
    text = document.text
    if text and "\\" not in text:
        return any(word in text for word in words)
    return any(word in part for part in keys_and_texts(document.data) for word in words)
