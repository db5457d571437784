// Tables: a click on a column's name sorts; numbers as numbers, what has none last.
document.querySelectorAll("table.sortable th button").forEach((button) => button.addEventListener("click", () => {
  const head = button.closest("th"), body = head.closest("table").tBodies[0];
  const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
  const key = (row) => {
    const cell = row.cells[head.cellIndex], number = cell.dataset.sort;
    return number === undefined ? cell.textContent.trim() : Number(number);
  };
  const text = (value) => typeof value === "string";
  const order = (a, b) => text(a) === text(b)
    ? down * (text(a) ? a.localeCompare(b, "en", { numeric: true }) : a - b) : text(a) - text(b);
  [...body.rows].sort((a, b) => order(key(a), key(b))).forEach((row) => body.append(row));
}));
// One scene runs at a time: others would draw into a frame without size, and keep the graphics card's memory.
let running;
const stop = () => {
  if (running) running.stage.replaceChildren(running.button);
  running = undefined;
};
// One of several pictures or scenes is seen at a time.
document.querySelectorAll(".chooser").forEach((chooser) => {
  const buttons = [...chooser.querySelectorAll(".choices button")], shown = [...chooser.querySelectorAll(".shown")];
  buttons.forEach((button, chosen) => button.addEventListener("click", () => {
    buttons.forEach((other, i) => other.setAttribute("aria-pressed", String(i === chosen)));
    shown.forEach((part, i) => { part.hidden = i !== chosen; });
    if (running && running.stage.closest("[hidden]")) stop();
  }));
});
// A click on a picture makes it as large as the page.
document.querySelectorAll("figure > img").forEach((image) =>
  image.addEventListener("click", () => image.parentNode.classList.toggle("large")));
// A scene is unpacked when it is asked for, into a frame that may do nothing but run its script.
let viewer;
const unpacked = async (packed) => {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};
document.querySelectorAll(".view").forEach((view) => view.querySelector(".start").addEventListener("click", async () => {
  viewer = viewer || unpacked(document.getElementById("viewer").textContent);
  const scene = view.querySelector(".scene").textContent, page = await viewer;
  // A frame hears of its size a moment after it is there; a scene that is drawn before stays empty.
  const load = `function loadDataSet() { if (!innerWidth || !innerHeight) { setTimeout(loadDataSet, 30); return; }
    OfflineLocalView.load(document.body, { base64Str: "${scene}" }); }`;
  const frame = document.createElement("iframe");
  frame.title = "3D view: drag to turn, wheel to zoom, shift and drag to move";
  frame.setAttribute("sandbox", "allow-scripts");
  const end = page.lastIndexOf("</body>");
  frame.srcdoc = `${page.slice(0, end)}<script>${load}<\/script>${page.slice(end)}`;
  stop();
  const stage = view.querySelector(".stage");
  running = { stage, button: stage.querySelector(".start") };
  stage.replaceChildren(frame);
}));
