"use strict";
// Sorts, filters, pages and copies the board; a row in focus or under the mouse stands out in the figures.
(() => {
  const board = JSON.parse(document.getElementById("board-data").textContent);
  const table = document.getElementById("board-table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const [filter, count, page] = ["filter", "count", "page"].map((name) => document.getElementById(name));
  const [previous, next] = ["previous", "next"].map((name) => document.getElementById(name));
  const menu = document.querySelector(".menu");
  const trialColumn = board.columns.findIndex((column) => column.name === "trial");
  let order = [...Array(board.rows).keys()];
  let sorted = { column: board.columns.findIndex((column) => column.name === "rank"), descending: false };
  let shown = order;
  let first = 0;
  let notes = [];

  const value = (column, row) => {
    if ("all" in column) return column.all;
    if (column.some) return column.some[row] ?? null;
    return column.texts ? column.texts[column.values[row]] : column.values[row];
  };

  function real(number) {
    return String(Number(number.toPrecision(4)));
  }

  function written(kind, cell) {
    if (cell === null) return "";
    if (typeof cell === "boolean") return cell ? "yes" : "no";
    if (kind === "count") return Math.round(cell).toLocaleString("en-US");
    if (kind === "percent") return (cell * 100).toFixed(2);
    if (kind === "points") return (cell < 0 ? "" : "+") + (cell * 100).toFixed(2);
    if (kind === "real") return real(cell);
    return String(cell);
  }

  function rowElement(row, focusable) {
    const line = document.createElement("tr");
    const trial = value(board.columns[trialColumn], row);
    line.dataset.trial = trial;
    line.tabIndex = focusable ? 0 : -1;
    if (trial === board.baseline) line.className = "baseline";
    else if (trial === board.contender) line.className = "contender";
    board.columns.forEach((column, index) => {
      const cell = document.createElement(index === trialColumn ? "th" : "td");
      if (index === trialColumn) cell.scope = "row";
      cell.textContent = written(column.kind, value(column, row));
      cell.classList.toggle("number", column.kind !== "text");
      cell.classList.toggle("key", index === trialColumn);
      cell.classList.toggle("screen", !column.printed);
      if (column.name === "state") cell.classList.add("state-" + cell.textContent);
      cell.hidden = column.hidden;
      line.append(cell);
    });
    return line;
  }

  function render() {
    const last = Math.min(shown.length, first + board.pageRows);
    body.replaceChildren(...shown.slice(first, last).map((row, index) => rowElement(row, index === 0)));
    const why = notes.length ? notes.join("; ") : shown.length ? "" : "none matches the filter";
    count.textContent = `${shown.length.toLocaleString("en-US")} of ${board.rows.toLocaleString("en-US")} trials` + (why && `: ${why}`);
    page.textContent = shown.length ? `${first + 1} to ${last}` : "none";
    previous.disabled = first === 0;
    next.disabled = last >= shown.length;
  }

  function compare(column, a, b) {
    const [one, other] = [value(column, a), value(column, b)];
    if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
    const apart = typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
    return sorted.descending ? -apart : apart;
  }

  function sortBy(index) {
    sorted = { column: index, descending: sorted.column === index && !sorted.descending };
    order = [...Array(board.rows).keys()].sort((a, b) => compare(board.columns[index], a, b));
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at !== index ? "none" : sorted.descending ? "descending" : "ascending");
    });
    narrow();
  }

  // A number in the unit that its cell shows, rounded as there, so that what is seen is what is compared.
  const inUnit = (kind, cell) => (kind === "percent" || kind === "points" ? Number(written(kind, cell)) : cell);

  function test(word) {
    const parts = /^([^<>=]+)(<=|>=|[<>=])(.*)$/.exec(word);
    const column = parts && board.columns.find((item) => item.name.toLowerCase() === parts[1]);
    if (parts && !column) notes.push(`no column is called ${parts[1]}`);
    if (!column) return (row, text) => text(row).includes(word);
    const [sign, wanted] = [parts[2], parts[3]];
    if (wanted === "") return () => true;
    if (sign !== "=" && Number.isNaN(Number(wanted))) notes.push(`${wanted} is no number`);
    return (row) => {
      const cell = value(column, row);
      if (cell === null) return false;
      if (sign === "=") return String(cell).toLowerCase() === wanted || written(column.kind, cell).toLowerCase() === wanted;
      if (typeof cell !== "number" || Number.isNaN(Number(wanted))) return false;
      const [here, number] = [inUnit(column.kind, cell), Number(wanted)];
      return sign === "<" ? here < number : sign === ">" ? here > number : sign === "<=" ? here <= number : here >= number;
    };
  }

  function narrow() {
    notes = [];
    const words = filter.value.toLowerCase().replace(/\s*(<=|>=|[<>=])\s*/g, "$1").split(/\s+/);
    const tests = words.filter(Boolean).map(test);
    const text = (row) => board.columns.map((column) => written(column.kind, value(column, row))).join("\n").toLowerCase();
    shown = tests.length ? order.filter((row) => tests.every((passes) => passes(row, text))) : order;
    first = 0;
    render();
  }

  // A spreadsheet takes text that begins like this for a formula.
  const csvText = (text) => (/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) ? "'" + text : text);
  const csvCell = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  function csv() {
    const columns = board.columns.filter((column) => !column.hidden).sort((a, b) => a.place - b.place);
    const cell = (item) => (item === null ? "" : typeof item === "string" ? csvText(item) : String(item));
    const lines = shown.map((row) => columns.map((column) => csvCell(cell(value(column, row)))));
    return [columns.map((column) => csvCell(csvText(column.name))), ...lines].map((line) => line.join(",")).join("\n") + "\n";
  }

  async function copy() {
    const text = csv();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    count.textContent = `${shown.length.toLocaleString("en-US")} rows copied`;
  }

  function stand(line) {
    body.querySelectorAll(".marked").forEach((item) => item.classList.remove("marked"));
    if (line) line.classList.add("marked");
  }

  function point(event) {
    const line = event.target.closest("tbody tr");
    stand(line);
    sweepFigures.mark(line ? Number(line.dataset.trial) : null);
  }

  function move(event) {
    const line = event.target.closest("tr");
    const to = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling,
      Home: body.firstElementChild, End: body.lastElementChild }[event.key];
    if (!to) return;
    event.preventDefault();
    line.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  heads.forEach((head, index) => head.querySelector("button").addEventListener("click", () => sortBy(index)));
  filter.addEventListener("input", narrow);
  document.getElementById("copy").addEventListener("click", copy);
  previous.addEventListener("click", () => { first -= board.pageRows; render(); });
  next.addEventListener("click", () => { first += board.pageRows; render(); });
  body.addEventListener("mouseover", point);
  body.addEventListener("focusin", point);
  body.addEventListener("mouseleave", () => { stand(null); sweepFigures.mark(null); });
  body.addEventListener("focusout", () => { stand(null); sweepFigures.mark(null); });
  body.addEventListener("keydown", move);
  document.querySelectorAll("[data-column]").forEach((box) => box.addEventListener("change", () => {
    const index = Number(box.dataset.column);
    board.columns[index].hidden = !box.checked;
    heads[index].hidden = !box.checked;
    [...body.rows].forEach((line) => { line.cells[index].hidden = !box.checked; });
  }));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  sweepFigures.onPoint((trial) => {
    stand(trial === null ? null : body.querySelector(`tr[data-trial="${trial}"]`));
    sweepFigures.mark(trial);
  });
  page.textContent = `1 to ${Math.min(board.rows, board.pageRows)}`;
  previous.disabled = true;
})();
