"""A system compiled to arrays: everything the game needs to know, and no text work left to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from twentyq.errors import UsageError, shown, suggestion
from twentyq.system.model import RULE_DECIMALS, AttributeGroup, Rule, System

# Contributions of so many groups still add up exactly in float64; see engine/answers.py.
MAX_GROUPS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The arrays of a system: N classes, G groups, Q options in all, M distinct rules in all.

    Options of all groups stand side by side in file order; group g owns the columns
    `first_option[g]` to `first_option[g + 1]`. Within one group many classes share a rule, so
    contributions of an answer are computed once per distinct rule and then spread over classes.

    rules           (N, Q) float64, each group's block sums to 1; unknown rules are uniform
    sizes           (G,) options per group, which is also the prompts that asking it costs
    option_group    (Q,) the group of each option
    distinct_rules  (M, K) float64, the distinct rules of all groups, padded with zeros to K options
    distinct_group  (M,) the group of each distinct rule
    first_rule      (G + 1) the first distinct rule of each group, as in `first_option`
    rule_of         (N, G) the distinct rule, 0 to M, that each class has in each group
    informative     (G,) whether the classes' rules differ in the group
    label_of        (N,) the label of each class, an index into `labels`
    tie_of          (N,) the tie set of each class; classes with equal rules everywhere share one
    pair_of         (N,) tie set and label together; classes share one where they share both
    log_prior       (N,) natural logarithm of the normalised prior
    """

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    prompts: tuple[tuple[str, ...], ...]
    first_option: tuple[int, ...]
    first_rule: tuple[int, ...]
    rules: Tensor
    sizes: Tensor
    option_group: Tensor
    distinct_rules: Tensor
    distinct_group: Tensor
    rule_of: Tensor
    informative: Tensor
    label_of: Tensor
    tie_of: Tensor
    log_prior: Tensor
    has_prior: bool
    pair_of: Tensor = field(init=False)

    def __post_init__(self) -> None:
        pair = self.tie_of * len(self.labels) + self.label_of
        object.__setattr__(self, "pair_of", torch.unique(pair, return_inverse=True)[1])

    @property
    def n_prompts(self) -> int:
        """Q, the prompts of all groups together."""
        return self.first_option[-1]

    @property
    def device(self) -> torch.device:
        """The device of every array."""
        return self.rules.device

    def options_of(self, group: int) -> slice:
        """Return the columns of one group among the Q options."""
        return slice(self.first_option[group], self.first_option[group + 1])

    def rules_of(self, group: int) -> Tensor:
        """Return one group's distinct rules, `(n_distinct, n_options)`."""
        rows = slice(self.first_rule[group], self.first_rule[group + 1])
        return self.distinct_rules[rows, : len(self.options[group])]

    def spread(self, group: int) -> Tensor:
        """Return which of a group's distinct rules each class has, `(n_classes,)`."""
        return self.rule_of[:, group] - self.first_rule[group]

    def sum_by_class(self, of_rules: Tensor) -> Tensor:
        """Return for each class the sum over groups of what is said of its rule there.

        `of_rules` is `(n_images, M)`, the sums are `(n_images, n_classes)`.
        """
        rules_first = of_rules.T.contiguous()
        return torch.nn.functional.embedding_bag(self.rule_of, rules_first, mode="sum").T


def compile_plan(
    system: System,
    *,
    classes: Sequence[str] | None = None,
    skip_unused: bool = False,
    device: torch.device | str = "cpu",
) -> Plan:
    """Compile a system to arrays, for all its classes or for some, which keep the file's order.

    `skip_unused` leaves out the options that no rule of these classes names, in every mode alike.
    Raises UsageError where `classes` names an unknown class or fewer than two, and for more than
    `MAX_GROUPS` groups.
    """
    if len(system.groups) > MAX_GROUPS:
        raise UsageError(
            "the system has too many groups for exact sums",
            where="system",
            got=f"{len(system.groups)} groups",
            allowed=f"at most {MAX_GROUPS}",
        )
    kept = system.classes if classes is None else _choose_classes(system, classes)
    blocks, options = [], []
    for group in system.groups:
        named = [system.rules[name].get(group.name) for name in kept]
        used = {option for rule in named if rule is not None for option in rule}
        offered = tuple(o for o in group.options if o in used) if skip_unused else group.options
        offered = offered or group.options
        blocks.append(_rule_block(offered, named))
        options.append(offered)

    distinct, rule_of, first_rule = _distinct_rules(blocks)
    sizes = torch.tensor([len(offered) for offered in options])
    counts = torch.tensor(first_rule).diff()
    labels = [system.label_of(name) for name in kept]
    label_index = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    prior = torch.tensor([system.prior.get(name, 1.0) for name in kept], dtype=torch.float64)
    arrays = {
        "rules": torch.cat(blocks, dim=1),
        "sizes": sizes,
        "option_group": torch.repeat_interleave(torch.arange(len(options)), sizes),
        "distinct_rules": distinct,
        "distinct_group": torch.repeat_interleave(torch.arange(len(options)), counts),
        "rule_of": rule_of,
        "informative": counts > 1,
        "label_of": torch.tensor([label_index[label] for label in labels]),
        "tie_of": torch.unique(rule_of, dim=0, return_inverse=True)[1],
        "log_prior": torch.log(prior / prior.sum()),
    }
    return Plan(
        classes=tuple(kept),
        labels=tuple(label_index),
        groups=tuple(group.name for group in system.groups),
        options=tuple(options),
        prompts=tuple(
            replace(group, options=offered).prompts
            for group, offered in zip(system.groups, options, strict=True)
        ),
        first_option=(0, *torch.cumsum(sizes, 0).tolist()),
        first_rule=first_rule,
        has_prior=bool(system.prior),
        **{name: array.to(device) for name, array in arrays.items()},
    )


def _choose_classes(system: System, classes: Sequence[str]) -> tuple[str, ...]:
    known = set(system.classes)
    for name in classes:
        if name not in known:
            raise UsageError(
                f"the system {system.name!r} has no such class",
                where="classes",
                got=shown(name),
                allowed=", ".join(system.classes),
                mend=suggestion(name, system.classes),
            )
    wanted = set(classes)
    if len(wanted) < 2:
        raise UsageError(
            "there is nothing to ask about fewer than two classes",
            where="classes",
            got=", ".join(wanted) or "none",
            mend="name at least two classes, one a line",
        )
    return tuple(name for name in system.classes if name in wanted)


def _rule_block(options: tuple[str, ...], rules: Sequence[Rule | None]) -> Tensor:
    """Return one group's rules as distributions over its options, `(n_classes, n_options)`."""
    column = {option: k for k, option in enumerate(options)}
    entries = [
        (c, column[option], weight)
        for c, rule in enumerate(rules)
        if rule is not None
        for option, weight in rule.items()
    ]
    block = torch.zeros(len(rules), len(options), dtype=torch.float64)
    if entries:
        classes, columns, weights = zip(*entries, strict=True)
        block[list(classes), list(columns)] = torch.tensor(weights, dtype=torch.float64)
    block[[rule is None for rule in rules]] = 1 / len(options)
    return block


def _distinct_rules(blocks: list[Tensor]) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Return the distinct rules `(M, K)` of all groups, who has which `(N, G)`, and the firsts."""
    widest = max(block.shape[1] for block in blocks)
    distinct, who, first = [], [], [0]
    for block in blocks:
        rounded = block.round(decimals=RULE_DECIMALS)
        values, inverse = torch.unique(rounded, dim=0, return_inverse=True)
        # Take the first class's own unrounded rule: the rounded one need not sum to 1.
        everyone = torch.arange(len(block))
        holder = everyone[: len(values)].scatter_reduce(
            0, inverse, everyone, "amin", include_self=False
        )
        distinct.append(torch.nn.functional.pad(block[holder], (0, widest - block.shape[1])))
        who.append(inverse + first[-1])
        first.append(first[-1] + len(values))
    return torch.cat(distinct), torch.stack(who, dim=1), tuple(first)


def names_system(system: System) -> System:
    """Return the class-name baseline as a system: one group whose options are the class names.

    Its full mode compares the picture with each name, as the article's baseline does.
    """
    group = AttributeGroup("name", system.names_prompt, system.classes)
    return System(
        name=system.name,
        groups=(group,),
        classes=system.classes,
        rules={name: {"name": {name: 1.0}} for name in system.classes},
        labels=system.labels,
        prior=system.prior,
        crop=system.crop,
    )
