"""The tables: for a terminal, or for a Markdown page."""


class Table:
    def __init__(self, title, *heads):
        self.title = title
        self.rows = [heads]

    def add(self, *cells):
        self.rows.append(cells)

    def print(self, markdown):
        widths = [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]
        lines = [[cell.ljust(width) for cell, width in zip(row, widths)] for row in self.rows]
        if markdown:
            print(f"\n### {self.title}\n")
            lines.insert(1, ["-" * width for width in widths])
            print("\n".join(f"| {' | '.join(line)} |" for line in lines))
        else:
            print(f"\n{self.title}")
            print("\n".join(f"  {'  '.join(line)}".rstrip() for line in lines))


def figure(value, unit):
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2
    return f"{value:,.{digits}f} {unit}".replace(" /s", "/s")


def target(row):
    if row["target"] is None:
        return "-", ""
    bound = "<=" if row.get("target_is_upper", True) else ">="
    verdict = "met"
    if not row["met"]:
        verdict = f"target {row['target']:.2f}, got {row.get('ratio', row.get('pss')):.2f}: missed"
    if not row.get("clear", True):
        verdict += " (unclear: within the spread)"
    return f"{bound} {row['target']:.2f}", verdict


def ratios(title, rows, markdown):
    table = Table(title, "compared", "measure", "first", "second", "ratio", "middle half", "pairs", "target", "")
    previous = None
    for row in rows:
        shown = row["comparison"] if row["comparison"] != previous else ""
        previous = row["comparison"]
        low, high = row["ratio_quartiles"]
        table.add(shown, row["measure"], figure(row["first"], row["unit"]), figure(row["second"], row["unit"]),
                  f"{row['ratio']:.3f}", f"{low:.3f} to {high:.3f}", str(len(row["pairs"])), *target(row))
    table.print(markdown)


def stages(rows, markdown):
    table = Table("Where a start of wasmrun spends its time (medians)", "stage", "ms", "share")
    whole = sum(ms for _, ms in rows)
    for name, ms in rows:
        table.add(name, f"{ms:.2f}", f"{ms / whole:.0%}")
    table.add("all", f"{whole:.2f}", "100%")
    table.print(markdown)


def memory(rows, markdown):
    roles = list(rows[0]["by_role"])
    table = Table("Memory of idle isolated echo processes, MiB a process", "guest", "processes", "PSS", *roles,
                  "growth", "private dirty", "target", "")
    for row in rows:
        table.add(row["guest"], str(row["n"]), f"{row['pss']:.2f}",
                  *(f"{row['by_role'][role]['pss']:.2f}" for role in roles),
                  f"{row['growth']:.2f}" if "growth" in row else "-", f"{row['private_dirty']:.2f}", *target(row))
    table.print(markdown)


def verdicts(rows):
    judged = [row for row in rows if row["met"] is not None]
    misses = [row for row in judged if not row["met"]]
    unclear = sum(not row.get("clear", True) for row in judged)
    print(f"\n{len(judged) - len(misses)} of {len(judged)} targets met, {len(misses)} missed; "
          f"{unclear} of these verdicts unclear: the target lies within the spread.")


def everything(results, markdown):
    """Of the parts that were measured."""
    about = results["machine"]
    print(f"{about['cores']} cores ({about['cpu']}), Linux {about['kernel']}, load before: {about['load_before']}.")
    if results["echo"]:
        ratios("Echo: ratios of pairs (first / second)", results["echo"], markdown)
    if results["calls"]:
        ratios("Calls, timed by the guest: ratios of pairs (first / second)", results["calls"], markdown)
    if results["start"]:
        ratios(f"Start: ratios (wasmtime {results['wasmtime'] or 'is not here'})", results["start"], markdown)
        stages(results["stages"], markdown)
    if results["memory"]:
        memory(results["memory"], markdown)
    if results["python"]:
        guest, host = results["python_versions"]
        ratios(f"Python {guest} in the guest, {host} on the host: ratios of pairs (first / second)",
               results["python"], markdown)
    if results["nodejs"]:
        ratios(f"Node.js {results['nodejs_version']} in the guest and on the host: ratios of pairs (first / second)",
               results["nodejs"], markdown)
    verdicts([row for part in ("echo", "calls", "start", "memory", "python", "nodejs") for row in results[part]])
