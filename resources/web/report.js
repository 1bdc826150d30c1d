/* The page of a report: tables and a map that point to each other.  Words come as data and are only ever set as text. */
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const places = new Map();
  const rows = new Map();
  let chosen = null;
  let flash = null;

  function make(name, parent, text, className) {
    const element = document.createElement(name);
    if (text !== undefined && text !== null) element.textContent = text;
    if (className) element.className = className;
    if (parent) parent.appendChild(element);
    return element;
  }

  // ---- head --------------------------------------------------------------------------------------------

  const head = document.getElementById("head");
  const marks = make("div", head, null, "marks");
  data.marks.forEach(function (mark) { make("div", marks, mark); });
  make("h1", head, data.title);
  data.facts.forEach(function (fact) { make("p", head, fact, "facts"); });

  // ---- map ---------------------------------------------------------------------------------------------

  const map = L.map("map", { attributionControl: false, preferCanvas: false, zoomSnap: 0.25, keyboard: true });
  map.zoomControl.setPosition("topright");
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);

  function sign(style) {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("width", "22");
    picture.setAttribute("height", "12");
    picture.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS(space, style.shape === "point" ? "circle" : style.shape === "line" ? "path" : "rect");
    const attributes = style.shape === "point" ? { cx: 11, cy: 6, r: 4.5 } : style.shape === "line" ? { d: "M1 6 H21" } : { x: 2, y: 1.5, width: 18, height: 9 };
    Object.assign(attributes, { stroke: style.color, "stroke-width": Math.min(style.weight, 3), fill: style.shape === "line" ? "none" : style.fill || "none", "fill-opacity": style.opacity });
    if (style.dash) attributes["stroke-dasharray"] = style.dash;
    Object.keys(attributes).forEach(function (key) { shape.setAttribute(key, attributes[key]); });
    picture.appendChild(shape);
    return picture;
  }

  function path(style) {
    return { color: style.color, weight: style.weight, dashArray: style.dash || null, fill: Boolean(style.fill), fillColor: style.fill, fillOpacity: style.opacity, opacity: 0.95 };
  }

  const box = L.control({ position: "topleft" });
  box.onAdd = function () {
    const element = L.DomUtil.create("div", "legend leaflet-bar");
    L.DomEvent.disableClickPropagation(element);
    L.DomEvent.disableScrollPropagation(element);
    const list = make("details", element);
    list.open = window.innerWidth > 900;
    make("summary", list, words.legend);
    data.layers.forEach(function (layer) {
      const label = make("label", list);
      const tick = make("input", label);
      tick.type = "checkbox";
      tick.checked = layer.shown;
      label.appendChild(sign(layer.style));
      label.appendChild(document.createTextNode(layer.title));
      tick.addEventListener("change", function () {
        if (tick.checked) layer.made.addTo(map); else layer.made.remove();
      });
    });
    return element;
  };

  let bounds = null;
  data.layers.forEach(function (layer) {
    layer.made = L.geoJSON(layer.features, {
      style: function () { return path(layer.style); },
      pointToLayer: function (feature, at) { return L.circleMarker(at, Object.assign(path(layer.style), { radius: layer.style.radius || 5 })); },
      interactive: !layer.base,
      onEachFeature: function (feature, made) {
        if (feature.properties.k) places.set(feature.properties.k, made);
        if (layer.base) return;
        const tip = document.createElement("div");
        tip.textContent = feature.properties.n;
        made.bindTooltip(tip, { sticky: true });
        made.on("click", function () { if (feature.properties.k) show(feature.properties.k, true); });
      }
    });
    if (layer.shown) layer.made.addTo(map);
    if (layer.frames && layer.features.features.length) bounds = bounds ? bounds.extend(layer.made.getBounds()) : layer.made.getBounds();
  });
  box.addTo(map);
  if (bounds && bounds.isValid()) map.fitBounds(bounds, { padding: [20, 20] }); else map.setView([35, 113], 8);

  function fly(key) {
    const made = places.get(key);
    if (!made) return;
    data.layers.forEach(function (layer) { if (layer.made.hasLayer(made) && !map.hasLayer(layer.made)) layer.made.addTo(map); });
    if (made.getBounds) map.flyToBounds(made.getBounds(), { padding: [60, 60], maxZoom: 16, duration: 0.6 });
    else map.flyTo(made.getLatLng(), Math.max(map.getZoom(), 14), { duration: 0.6 });
    if (flash) { clearInterval(flash.timer); flash.made.setStyle(flash.style); }
    const style = { color: made.options.color, weight: made.options.weight };
    let left = 6;
    flash = { made: made, style: style, timer: setInterval(function () {
      made.setStyle(left % 2 ? style : { color: "#f0a500", weight: style.weight + 4 });
      left -= 1;
      if (left < 0) { clearInterval(flash.timer); made.setStyle(style); flash = null; }
    }, 250) };
  }

  function show(key, scroll) {
    if (chosen) chosen.classList.remove("chosen");
    chosen = rows.get(key) || null;
    if (chosen) {
      chosen.classList.add("chosen");
      if (scroll) chosen.scrollIntoView({ block: "center" });
    }
    if (!scroll) fly(key);
  }

  // ---- tables ------------------------------------------------------------------------------------------

  const report = document.getElementById("report");
  const tools = make("div", report, null, "tools");
  tools.setAttribute("role", "search");
  const search = make("input", tools);
  search.type = "search";
  search.id = "search";
  search.placeholder = words.search;
  search.setAttribute("aria-label", words.search);
  const filter = make("select", tools);
  filter.id = "filter";
  filter.setAttribute("aria-label", words.filter);
  make("option", filter, words.all).value = "";
  data.standings.forEach(function (one) { make("option", filter, one[1]).value = one[0]; });
  const goto = make("select", tools);
  goto.id = "goto";
  goto.setAttribute("aria-label", words.goto);
  make("option", goto, words.goto).value = "";
  const counted = make("span", tools, "", "none");
  counted.setAttribute("aria-live", "polite");

  const every = [];
  data.chapters.forEach(function (chapter, number) {
    const part = make("section", report);
    part.id = "chapter-" + number;
    make(chapter.level === 2 ? "h3" : "h2", part, chapter.title);
    make("option", goto, (chapter.level === 2 ? "\u3000" : "") + chapter.title).value = part.id;
    if (chapter.verdict) make("p", part, chapter.verdict, "verdict");
    (chapter.said || []).forEach(function (said) { make("p", part, said); });
    (chapter.tables || []).forEach(function (table) {
      const scroll = make("div", part, null, "scroll");
      const element = make("table", scroll);
      if (table.title) make("caption", element, table.title);
      const line = make("tr", make("thead", element));
      table.head.forEach(function (title) { make("th", line, title).scope = "col"; });
      const body = make("tbody", element);
      table.rows.forEach(function (row) {
        const tr = make("tr", body, null, row.m || "");
        row.c.forEach(function (cell, place) {
          const td = make("td", tr);
          if (row.k && place === table.link) {
            const button = make("button", td, cell);
            button.type = "button";
            button.title = words.show;
            button.addEventListener("click", function () { show(row.k, false); });
          } else td.textContent = cell;
          if (cell === "" && table.form) td.className = "room";
        });
        if (row.k && !rows.has(row.k)) rows.set(row.k, tr);
        if (!table.form) every.push({ tr: tr, text: row.c.join("\n").toLowerCase(), standing: row.s || "" });
      });
      if (!table.rows.length) make("p", part, words.none, "none");
    });
  });

  function sift() {
    const wanted = search.value.trim().toLowerCase();
    let left = 0;
    every.forEach(function (one) {
      const holds = (!wanted || one.text.includes(wanted)) && (!filter.value || one.standing === filter.value);
      one.tr.hidden = !holds;
      left += holds ? 1 : 0;
    });
    counted.textContent = wanted || filter.value ? words.rows.replace("{n}", left) : "";
  }
  search.addEventListener("input", sift);
  filter.addEventListener("change", sift);
  goto.addEventListener("change", function () {
    const part = document.getElementById(goto.value);
    if (part) part.scrollIntoView();
    goto.value = "";
  });
  window.addEventListener("beforeprint", function () { map.invalidateSize(); if (bounds) map.fitBounds(bounds, { animate: false }); });
})();
