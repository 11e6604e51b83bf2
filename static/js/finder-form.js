// <finder-form><form>…</form></finder-form>: choices take effect at once, and the switch between list and map stays in the address.
class FinderForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => this.onChange(event));
    this.addEventListener("place", () => this.onPlace());
    this.addEventListener("place-refused", () => this.onRefused());
    this.addEventListener("htmx:configRequest", (event) => this.keepView(event));
  }

  get form() {
    return this.querySelector("form");
  }

  get view() {
    return this.form.elements.view?.value === "map" ? "map" : "";
  }

  onChange(event) {
    // The search field speaks for itself, as one types.
    if (event.target.name === "q") return;
    if (event.target.name === "view") this.rememberView();
    else this.form.requestSubmit();
  }

  rememberView() {
    const address = new URL(location.href);
    if (this.view) address.searchParams.set("view", this.view);
    else address.searchParams.delete("view");
    history.replaceState(history.state, "", address);
  }

  // Links were written when the page was: the switch may have moved since.
  keepView({ detail }) {
    const [path, query = ""] = detail.path.split("?");
    const words = new URLSearchParams(query);
    delete detail.parameters.view;
    words.delete("view");
    if (this.view) words.set("view", this.view);
    detail.path = words.size ? `${path}?${words}` : path;
  }

  onPlace() {
    const sort = this.form.elements.sort;
    if (sort) sort.value = "";
    this.querySelector(".ask").hidden = true;
    this.form.requestSubmit();
  }

  onRefused() {
    const ask = this.querySelector(".ask");
    ask.hidden = false;
    ask.querySelector("a, select")?.focus();
  }
}

customElements.define("finder-form", FinderForm);
