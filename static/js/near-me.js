// <near-me path="/partners/"><button>…</button></near-me> asks where the reader is, only when pressed, and remembers it to about 100 m.
const YEAR = 365 * 24 * 3600;

class NearMe extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => this.ask());
  }

  ask() {
    if (!navigator.geolocation) return this.refused();
    this.button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.found(coords),
      () => this.refused(),
      { maximumAge: 300_000, timeout: 10_000 },
    );
  }

  found({ latitude, longitude }) {
    this.button.removeAttribute("aria-busy");
    const place = [latitude, longitude].map((degrees) => degrees.toFixed(3));
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `place=${place.join("_")}; path=${this.getAttribute("path")}; max-age=${YEAR}; samesite=lax${secure}`;
    this.dispatchEvent(new CustomEvent("place", { bubbles: true, detail: { lat: Number(place[0]), lng: Number(place[1]) } }));
  }

  refused() {
    this.button.removeAttribute("aria-busy");
    this.dispatchEvent(new CustomEvent("place-refused", { bubbles: true }));
  }
}

customElements.define("near-me", NearMe);
