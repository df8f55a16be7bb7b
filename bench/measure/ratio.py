"""One line of a result: two things measured in pairs, and whether their ratio keeps its target."""

import statistics


def row(comparison, measure, unit, pairs, target, less_is_better):
    """`pairs`: (of the first, of the second). `target`: the ratio that is allowed, or None for information."""
    ratios = [first / second for first, second in pairs]
    ratio = statistics.median(ratios)
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return {
        "comparison": comparison,
        "measure": measure,
        "unit": unit,
        "first": statistics.median(first for first, _ in pairs),
        "second": statistics.median(second for _, second in pairs),
        "ratio": ratio,
        "ratio_quartiles": (low, high),
        "ratio_range": (min(ratios), max(ratios)),
        "pairs": [(round(first, 3), round(second, 3)) for first, second in pairs],
        "target": target,
        "target_is_upper": less_is_better,
        "clear": target is None or not low < target < high,  # else the machine was too noisy for a verdict
        "met": None if target is None else (ratio <= target if less_is_better else ratio >= target),
    }
