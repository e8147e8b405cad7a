"""The head of the report: the answer, the verdicts as a table, and the forest plot; in a notebook with the board."""

from __future__ import annotations

from sweep.analysis.confirmation import ConfirmationResult
from sweep.analysis.study_analysis import Analysis
from sweep.report.figures.verdict import verdict
from sweep.report.findings import footnotes, of_planned, p_heading, p_text, remarks
from sweep.report.format import Score, written_as
from sweep.report.html.answer import answer_of
from sweep.report.html.board import board_columns, board_table
from sweep.report.html.facts import tiles
from sweep.report.html.markup import Markup, caption, element, joined
from sweep.report.html.plots import Plots
from sweep.report.other_examples import on_other_examples
from sweep.study.records import BASELINE

NOTEBOOK_ROWS = 50


def answer_section(analysis: Analysis, plots: Plots) -> Markup:
    """The answer with its numbers, the forest plot, the verdicts, and what else a study says."""
    answer = answer_of(analysis)
    first = element("p", element("strong", answer.word), " ", answer.sentence, class_=f"answer {answer.outcome}")
    forest = plots.place("Forest plot of the verdicts", lambda: verdict(analysis)) if analysis.confirmations else ""
    covered = [element("p", line) for line in (answer.scope, *on_other_examples(analysis)) if line]
    notes = [element("p", line) for line in (*remarks(analysis), *footnotes(analysis))]
    facts = tiles(answer.facts) if answer.facts else ""
    return joined(first, facts, *covered, forest, verdicts_table(analysis), *notes)


def verdicts_table(analysis: Analysis) -> Markup:
    """The verdicts on the confirmed trials; empty if there are none."""
    results = analysis.confirmations
    if not results:
        return Markup("")
    score = written_as(analysis.study.confirmed_metric)
    p = p_heading(results)
    names = ("trial", f"mean test {score.heading}", "sd", "runs", "difference", "95 % interval", p, "verdict")
    head = element(
        "tr",
        *(element("th", name, scope="col", class_="number") for name in names[:-1]),
        element("th", names[-1], scope="col"),
    )
    rows = [_row(item, score) for item in results.values()]
    title = caption("Trained again on fresh seeds and all training examples")
    table = element("table", title, element("thead", head), element("tbody", *rows))
    return element("div", table, class_="scroll", role="region", tabindex="0", aria_label="Verdicts")


def _row(item: ConfirmationResult, score: Score) -> Markup:
    against = item.against
    texts = (
        score.text(item.mean),
        score.text(item.sd),
        of_planned(item, len(item.scores)) + (f", {item.failed} failed" if item.failed else ""),
        score.difference(against.difference) if against else "",
        f"{score.difference(against.low)} to {score.difference(against.high)}" if against else "",
        p_text(item.verdict.p_holm) if item.verdict else "",
    )
    outcome = "the baseline" if item.trial == BASELINE else item.verdict.outcome if item.verdict else "none"
    cells = [element("td", text, class_="number") for text in texts]
    return element("tr", element("th", str(item.trial), scope="row", class_="number"), *cells, element("td", outcome))


def notebook_head(analysis: Analysis) -> str:
    """A study as a notebook shows it: the answer, the verdicts and the top of the board, without any script."""
    answer = answer_of(analysis)
    first = element("p", element("strong", answer.word), " ", answer.sentence)
    columns = board_columns(analysis)
    rows = len(columns[0].values)
    rest = f"{NOTEBOOK_ROWS} of {rows:,} rows; study.leaderboard() has them all" if rows > NOTEBOOK_ROWS else ""
    table = board_table(analysis, columns, NOTEBOOK_ROWS, static=True) if rows else ""
    return str(joined(first, verdicts_table(analysis), table, element("p", rest) if rest else ""))
