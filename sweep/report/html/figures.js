"use strict";
// Draws each figure when it comes into view, and lets the points of one trial stand out in all of them.
const sweepFigures = (() => {
  const MARK = "rgba(230,159,0,1)";
  const PRINT_WIDTH = 680;
  const { figures: specs, texts } = JSON.parse(document.getElementById("figures-data").textContent);
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const drawn = new Map();
  let marked = null;
  let listener = () => {};

  const asList = (value) => (Array.isArray(value) ? value : []);

  // The places of each trial in a figure; a bar has two, its ends.
  function places(traces) {
    const found = new Map();
    for (const trace of traces) {
      asList(trace.customdata).forEach((trial, index) => {
        if (trial === null) return;
        if (!found.has(trial)) found.set(trial, []);
        const y = trace.y[index];
        if (trace.type === "bar") {
          found.get(trial).push([trace.base[index], y], [trace.base[index] + trace.x[index], y]);
        } else {
          found.get(trial).push([trace.x[index], y]);
        }
      });
    }
    return found;
  }

  function overlay(traces) {
    const lines = traces.some((trace) => trace.type === "bar" || String(trace.mode).includes("lines+"));
    return {
      type: "scatter", x: [], y: [], mode: lines ? "lines+markers" : "markers", hoverinfo: "skip", showlegend: false,
      line: { color: MARK, width: 4 }, marker: { size: 17, color: "rgba(0,0,0,0)", line: { color: MARK, width: 4 } },
    };
  }

  function draw(spec) {
    const element = document.getElementById(spec.id);
    if (drawn.has(spec.id)) return;
    const { data, layout } = spec.figure;
    for (const trace of data) {
      if (!trace.hovertext && !trace.text) trace.hovertext = asList(trace.customdata).map((trial) => texts[trial] ?? "");
    }
    const own = data.some((trace) => asList(trace.customdata).length) ? [overlay(data)] : [];
    const known = { element, places: places(data), mark: own.length ? data.length : -1 };
    drawn.set(spec.id, known);
    layout.dragmode = touch ? false : "zoom";
    layout.hoverlabel = { ...layout.hoverlabel, bgcolor: "#1b2026", bordercolor: "#59636e", font: { ...layout.font, color: "#ffffff" } };
    Plotly.newPlot(element, [...data, ...own], layout, { displayModeBar: false, responsive: true });
    element.on("plotly_hover", (event) => {
      const trial = event.points[0].customdata;
      if (typeof trial === "number") listener(trial);
    });
    element.on("plotly_unhover", () => listener(null));
    if (marked !== null) show(known);
  }

  function show(known) {
    if (known.mark < 0) return;
    const points = (marked === null ? null : known.places.get(marked)) ?? [];
    Plotly.restyle(known.element, { x: [points.map((point) => point[0])], y: [points.map((point) => point[1])] }, [known.mark]);
  }

  function mark(trial) {
    if (trial === marked) return;
    marked = trial;
    requestAnimationFrame(() => drawn.forEach(show));
  }

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      draw(specs.find((spec) => spec.id === entry.target.id));
    }
  }, { rootMargin: "800px 0px" });
  specs.forEach((spec) => watcher.observe(document.getElementById(spec.id)));

  window.addEventListener("beforeprint", () => {
    specs.forEach(draw);
    drawn.forEach(({ element }) => {
      const half = element.closest(".grid, .pair") ? 2.1 : 1;
      Plotly.relayout(element, { width: PRINT_WIDTH / half, autosize: false });
    });
  });
  window.addEventListener("afterprint", () => {
    drawn.forEach(({ element }) => Plotly.relayout(element, { width: null, autosize: true }));
  });

  return { mark, onPoint: (call) => { listener = call; }, drawAll: () => specs.forEach(draw) };
})();
