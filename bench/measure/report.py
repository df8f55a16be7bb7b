"""The tables: for a terminal, or for a Markdown page."""

VERDICTS = {True: "met", False: "missed", None: ""}


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
    verdict = VERDICTS[row["met"]]
    if not row["met"]:
        verdict = f"target {row['target']:.2f}, got {row.get('ratio', row.get('pss')):.2f}: missed"
    return f"{bound} {row['target']:.2f}", verdict


def ratios(title, rows, markdown):
    table = Table(title, "compared", "measure", "first", "second", "ratio", "min to max", "pairs", "target", "")
    previous = None
    for row in rows:
        shown = row["comparison"] if row["comparison"] != previous else ""
        previous = row["comparison"]
        table.add(shown, row["measure"], figure(row["subject"], row["unit"]), figure(row["reference"], row["unit"]),
                  f"{row['ratio']:.3f}", f"{row['ratio_min']:.3f} to {row['ratio_max']:.3f}", str(len(row["pairs"])), *target(row))
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


def missed(results):
    rows = [*results["echo"], *results["start"], *results["memory"]]
    return [row for row in rows if row["met"] is False], [row for row in rows if row["met"] is not None]


def everything(results, markdown):
    about = results["machine"]
    print(f"{about['cores']} cores ({about['cpu']}), Linux {about['kernel']}, load before {about['load_before']}")
    ratios("Echo: ratios of pairs (first / second)", results["echo"], markdown)
    ratios(f"Start: ratios (wasmtime {results['wasmtime'] or 'is not here'})", results["start"], markdown)
    stages(results["stages"], markdown)
    memory(results["memory"], markdown)
    misses, judged = missed(results)
    print(f"\n{len(judged) - len(misses)} of {len(judged)} targets met")
