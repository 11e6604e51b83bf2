// <catalogue-map> shows outlets on Leaflet: the server's pins and clusters for what is in view, a sheet for the chosen pin.
// It loads Leaflet when it is first seen. Its view stays in the hash (never sent anywhere), so that going back finds it again.
const STREET = 15;

class CatalogueMap extends HTMLElement {
  connectedCallback() {
    this.sheet = this.querySelector(".sheet");
    this.shown = new Map();
    this.chosen = "";
    this.seen = new IntersectionObserver(([entry]) => entry.isIntersecting && this.start());
    this.seen.observe(this);
    this.onFilter = (event) => event.detail.target?.id === "found" && this.filtered();
    this.onPlace = (event) => this.placed(event.detail);
    document.addEventListener("htmx:afterSettle", this.onFilter);
    document.addEventListener("place", this.onPlace);
    this.sheet.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.sheet.addEventListener("click", (event) => event.target.closest(".close") && this.close());
  }

  disconnectedCallback() {
    this.seen.disconnect();
    document.removeEventListener("htmx:afterSettle", this.onFilter);
    document.removeEventListener("place", this.onPlace);
    this.map?.remove();
  }

  async start() {
    if (this.starting) return;
    this.starting = true;
    this.seen.disconnect();
    await Promise.all([this.style(), import(this.dataset.leaflet)]);
    const ground = document.createElement("div");
    ground.setAttribute("role", "group");
    ground.setAttribute("aria-label", this.dataset.label);
    this.prepend(ground);
    this.map = L.map(ground, { zoomControl: false, attributionControl: false, worldCopyJump: true, minZoom: 2, maxZoom: Number(this.dataset.maxZoom) });
    if (this.dataset.attribution) L.control.attribution({ prefix: false }).addAttribution(this.dataset.attribution).addTo(this.map);
    if (this.dataset.tiles) {
      L.tileLayer(this.dataset.tiles, { maxZoom: Number(this.dataset.maxZoom), referrerPolicy: "strict-origin-when-cross-origin" }).addTo(this.map);
    } else {
      plane().addTo(this.map);
    }
    this.querySelector(".in").addEventListener("click", () => this.map.zoomIn());
    this.querySelector(".out").addEventListener("click", () => this.map.zoomOut());
    new ResizeObserver(() => this.map.invalidateSize()).observe(this);
    this.map.on("moveend", () => this.moved());
    this.open();
  }

  // Leaflet's own rules go into a layer below ours: unlayered ones would win over everything.
  async style() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: this.dataset.css });
    const ours = new Promise((done) => Object.assign(link, { onload: done, onerror: done }));
    document.head.append(link);
    const theirs = await (await fetch(this.dataset.leafletCss)).text();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`@layer vendor {${theirs}}`);
    document.adoptedStyleSheets.push(sheet);
    await ours;
  }

  // Where to look at first: where the reader was, else around their place, else at everything there is.
  open() {
    const [zoom, lat, lng, pin] = location.hash.slice(1).split("/");
    const place = this.place;
    if ([zoom, lat, lng].every((part) => part && Number.isFinite(Number(part)))) {
      if (pin) this.choose(pin);
      this.map.setView([Number(lat), Number(lng)], Number(zoom), { animate: false });
    } else {
      this.aim({ animate: false });
    }
    if (place?.exact) this.mark(place);
  }

  aim(options) {
    const place = this.place;
    const bounds = this.found?.dataset.bounds?.split(",").map(Number);
    const city = this.found?.dataset.city !== undefined;
    if (place && !city) this.map.setView([place.lat, place.lng], place.exact ? STREET - 1 : 12, options);
    else if (bounds?.length === 4) this.map.fitBounds([[bounds[1], bounds[0]], [bounds[3], bounds[2]]], { ...options, maxZoom: STREET, padding: [32, 32] });
    else this.map.setView([20, 20], 2, options);
  }

  get found() {
    return document.getElementById("found");
  }

  get place() {
    const [lat, lng] = (this.found?.dataset.place ?? "").split(",").map(Number);
    return Number.isFinite(lng) ? { lat, lng, exact: this.found.dataset.exact !== undefined } : null;
  }

  // The filters changed: other pins, and another view where none of them would be seen.
  async filtered() {
    if (!this.map) return;
    this.close();
    const city = this.found?.dataset.city;
    if (city !== this.city) this.aim();
    this.city = city;
    await this.load();
    if (!this.shown.size) this.aim();
  }

  placed({ lat, lng }) {
    if (!this.map) return;
    this.map.setView([lat, lng], STREET - 1);
    this.mark({ lat, lng });
  }

  mark({ lat, lng }) {
    this.me?.remove();
    this.me = L.marker([lat, lng], { icon: icon("me", ""), keyboard: false, interactive: false }).addTo(this.map);
    name(this.me, this.dataset.here, "img");
  }

  moved() {
    const { lat, lng } = this.map.getCenter().wrap();
    this.city ??= this.found?.dataset.city;
    this.here = [this.map.getZoom(), lat.toFixed(3), lng.toFixed(3)].join("/");
    this.remember();
    this.load();
  }

  remember() {
    const hash = this.chosen ? `#${this.here}/${this.chosen}` : `#${this.here}`;
    history.replaceState(history.state, "", location.pathname + location.search + hash);
  }

  async load() {
    this.asked?.abort();
    this.asked = new AbortController();
    const words = new URLSearchParams(location.search);
    for (const word of ["view", "sort", "n", "after"]) words.delete(word);
    words.set("bbox", box(this.map.getBounds()));
    words.set("zoom", this.map.getZoom());
    try {
      const answer = await fetch(`${this.dataset.src}?${words}`, { signal: this.asked.signal });
      if (!answer.ok) throw new Error(answer.status);
      this.show(await answer.json());
      this.say("");
    } catch (problem) {
      if (problem.name !== "AbortError") this.say(this.dataset.failed);
    }
  }

  say(text) {
    const note = this.querySelector(".said-map");
    note.textContent = text;
    note.hidden = !text;
  }

  // Markers that stay keep their place in the page, and with it the focus.
  show({ pins, clusters }) {
    const wanted = new Map();
    for (const pin of pins) wanted.set(`pin ${pin.id}`, pin);
    for (const cluster of clusters) wanted.set(`cluster ${cluster.lat} ${cluster.lng} ${cluster.count}`, cluster);
    for (const [key, marker] of this.shown) {
      if (!wanted.has(key)) {
        marker.remove();
        this.shown.delete(key);
      }
    }
    for (const [key, what] of wanted) {
      if (!this.shown.has(key)) this.shown.set(key, "id" in what ? this.pin(what) : this.cluster(what));
    }
  }

  pin({ id, lat, lng, symbol, pct, label }) {
    const inner = document.createElement("span");
    if (pct) inner.append(sprite(this.dataset.icons, symbol), pct);
    else inner.append(sprite(this.dataset.icons, symbol));
    const marker = L.marker([lat, lng], { icon: icon("pin", inner), riseOnHover: true }).addTo(this.map);
    name(marker, label, "button");
    if (String(id) === this.chosen) marker.getElement().setAttribute("aria-current", "true");
    pressed(marker, () => this.choose(String(id), { focus: true }));
    return marker;
  }

  cluster({ lat, lng, count, text, label, box }) {
    const marker = L.marker([lat, lng], { icon: icon("cluster", text ?? String(count)) }).addTo(this.map);
    name(marker, label, "button");
    pressed(marker, () => this.into(lat, lng, box));
    return marker;
  }

  // To what the cluster holds, and nearer in any case.
  into(lat, lng, [west, south, east, north]) {
    const nearer = Math.min(this.map.getZoom() + 1, this.map.getMaxZoom());
    const fits = west > east ? nearer : Math.min(this.map.getBoundsZoom([[south, west], [north, east]]), STREET + 2);
    if (fits > nearer) this.map.setView([(south + north) / 2, (west + east) / 2], fits);
    else this.map.setView([lat, lng], nearer);
  }

  async choose(id, { focus = false } = {}) {
    this.unmark();
    this.chosen = id;
    this.shown.get(`pin ${id}`)?.getElement().setAttribute("aria-current", "true");
    if (this.here) this.remember();
    const answer = await fetch(this.dataset.sheet.replace("/0/", `/${id}/`), { headers: { "HX-Request": "true" } });
    if (this.chosen !== id) return;
    if (!answer.ok) return this.close();
    this.sheet.innerHTML = await answer.text();
    if (focus) this.sheet.querySelector("h3 a")?.focus({ preventScroll: true });
  }

  unmark() {
    this.shown.get(`pin ${this.chosen}`)?.getElement().removeAttribute("aria-current");
  }

  close() {
    if (!this.chosen) return;
    const pin = this.shown.get(`pin ${this.chosen}`)?.getElement();
    const inside = this.sheet.contains(document.activeElement);
    this.unmark();
    this.chosen = "";
    this.sheet.replaceChildren();
    if (this.here) this.remember();
    if (inside) pin?.focus({ preventScroll: true });
  }
}

// Squares of ground, so that moving and zooming can be seen where no tiles are configured.
function plane() {
  const layer = L.gridLayer({ updateWhenZooming: false });
  layer.createTile = () => Object.assign(document.createElement("div"), { className: "ground" });
  return layer;
}

function icon(className, content) {
  const html = document.createElement("span");
  html.append(content);
  return L.divIcon({ className, html, iconSize: null });
}

// By a tap, and as a button by Enter and the space bar.
function pressed(marker, action) {
  marker.on("click", action);
  marker.getElement().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    action();
  });
}

function name(marker, label, role) {
  const element = marker.getElement();
  element.setAttribute("role", role);
  element.setAttribute("aria-label", label);
}

function sprite(file, symbol) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${file}#i-${symbol}`);
  svg.append(use);
  return svg;
}

// West, south, east, north to about 100 m, outwards, within the world.
function box(bounds) {
  const out = (degrees, round) => round(degrees * 1000) / 1000;
  const wrap = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;
  const south = Math.max(-90, out(bounds.getSouth(), Math.floor));
  const north = Math.min(90, out(bounds.getNorth(), Math.ceil));
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const sides = east - west >= 360 ? [-180, 180] : [out(wrap(west), Math.floor), out(wrap(east), Math.ceil)];
  return [Math.max(-180, sides[0]), south, Math.min(180, sides[1]), north].map((degrees) => Number(degrees.toFixed(3))).join(",");
}

customElements.define("catalogue-map", CatalogueMap);
