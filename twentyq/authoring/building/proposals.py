"""What the model is asked for, step by step: signatures of DSPy, and the shapes of their replies.

A signature's docstring is its instruction, so it is written for the model. Every signature takes
`corrections`: what was wrong with the replies before, in the words that a file's author would read.
"""

from __future__ import annotations

import dspy
from pydantic import BaseModel, Field

Choice = str | list[str] | None
"""The option that holds for a class, several where it varies, None where it is not known."""

_DOMAIN = "what the pictures show"
_CLASSES = "the classes, one a line, some with known facts in brackets"
_CORRECTIONS = "what was wrong with your earlier replies; put it right"
_PROMPT = "one plain English sentence on the picture, with {} once, where an option goes"
_OPTIONS = "short phrases that fill {}; they exclude each other and together cover all classes"
_NOTES = "what a person who knows the classes wants changed"


class Theme(BaseModel):
    """One thing that can be seen in a picture."""

    name: str = Field(description="one or two words joined by _, such as main_color")
    asks: str = Field(description="what to look at in the picture, in one short sentence")


class ProposeThemes(dspy.Signature):  # type: ignore[misc]  # dspy ships no types
    """Propose visual attributes that together tell the classes apart in pictures.

    Each attribute can be seen in a single picture, differs between classes, and is the same in
    most pictures of one class: colors, shape, pattern, a striking part, the surroundings. No two
    attributes ask about the same thing. Never use the name of a class.
    """

    domain: str = dspy.InputField(desc=_DOMAIN)
    classes: str = dspy.InputField(desc=_CLASSES)
    wanted: int = dspy.InputField(desc="how many attributes to propose")
    taken: list[str] = dspy.InputField(desc="attributes that are there already")
    corrections: str = dspy.InputField(desc=_CORRECTIONS)
    themes: list[Theme] = dspy.OutputField(desc="the attributes, the most telling first")


class ProposeGroup(dspy.Signature):  # type: ignore[misc]  # dspy ships no types
    """Write one question about a picture: a sentence with {} in it, and the options that fill it.

    Exactly one option should be right for a picture of any of the classes. Options are things that
    can be seen, in plain words; never the name of a class, and never "other" or "unknown".
    """

    domain: str = dspy.InputField(desc=_DOMAIN)
    attribute: str = dspy.InputField(desc="what the question asks about")
    classes: str = dspy.InputField(desc=_CLASSES)
    most: int = dspy.InputField(desc="no more options than this")
    corrections: str = dspy.InputField(desc=_CORRECTIONS)
    prompt: str = dspy.OutputField(desc=_PROMPT)
    options: list[str] = dspy.OutputField(desc=_OPTIONS)


class ProposeRules(dspy.Signature):  # type: ignore[misc]  # dspy ships no types
    """Say for every class which option is right for a typical picture of it.

    Give each class one option, copied exactly. Give a list of options only where pictures of the
    class really vary, and null only where it cannot be known. Answer for every class, under its
    name as it is written, and for no other.
    """

    domain: str = dspy.InputField(desc=_DOMAIN)
    prompt: str = dspy.InputField(desc="the question, a sentence with {} where an option goes")
    options: list[str] = dspy.InputField(desc="the options to choose from")
    classes: str = dspy.InputField(desc=_CLASSES)
    corrections: str = dspy.InputField(desc=_CORRECTIONS)
    rules: dict[str, Choice] = dspy.OutputField(desc="class name to option")


class PlanRevision(dspy.Signature):  # type: ignore[misc]  # dspy ships no types
    """Say which parts of a picture-question system have to change to follow a person's notes.

    Name only what the notes speak of; leave every list empty that they give no reason for.
    """

    domain: str = dspy.InputField(desc=_DOMAIN)
    groups: str = dspy.InputField(desc="the groups, one a line: name, prompt, options")
    classes: str = dspy.InputField(desc="the classes, one a line")
    notes: str = dspy.InputField(desc=_NOTES)
    corrections: str = dspy.InputField(desc=_CORRECTIONS)
    reword: list[str] = dspy.OutputField(desc="groups whose prompt or options must change")
    reassign: list[str] = dspy.OutputField(desc="groups in which a class needs another option")
    drop: list[str] = dspy.OutputField(desc="groups to take out")
    add: list[Theme] = dspy.OutputField(desc="attributes to ask about in new groups")


class ReviseGroup(dspy.Signature):  # type: ignore[misc]  # dspy ships no types
    """Change one question about a picture as a person's notes ask, and nothing else about it.

    Keep every option that the notes do not speak of, word for word.
    """

    domain: str = dspy.InputField(desc=_DOMAIN)
    group: str = dspy.InputField(desc="the name of the question at hand")
    prompt_now: str = dspy.InputField(desc="its sentence as it is")
    options_now: list[str] = dspy.InputField(desc="its options as they are")
    notes: str = dspy.InputField(desc=_NOTES)
    most: int = dspy.InputField(desc="no more options than this")
    corrections: str = dspy.InputField(desc=_CORRECTIONS)
    prompt: str = dspy.OutputField(desc=_PROMPT)
    options: list[str] = dspy.OutputField(desc=_OPTIONS)


class ReviseRules(dspy.Signature):  # type: ignore[misc]  # dspy ships no types
    """Say which classes need another option in one question, as a person's notes ask.

    Leave out every class that stays as it is. A class marked with ? has no option and needs one.
    Copy names and options exactly; give a list of options where pictures of the class vary, and
    null where it cannot be known.
    """

    domain: str = dspy.InputField(desc=_DOMAIN)
    group: str = dspy.InputField(desc="the name of the question at hand")
    prompt: str = dspy.InputField(desc="the question, a sentence with {} where an option goes")
    options: list[str] = dspy.InputField(desc="the options to choose from")
    rules_now: str = dspy.InputField(desc="one class a line, with its option as it is")
    notes: str = dspy.InputField(desc=_NOTES)
    corrections: str = dspy.InputField(desc=_CORRECTIONS)
    changes: dict[str, Choice] = dspy.OutputField(desc="class name to its new option")
