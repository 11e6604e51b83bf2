// <live-part src="…" every="4" version="…"> keeps its content as the server has it now, while the page is in view.
// Without `every` it asks once. What is open or being filled in is left alone until it is done.
class LivePart extends HTMLElement {
  connectedCallback() {
    this.onView = () => this.schedule(0);
    document.addEventListener("visibilitychange", this.onView);
    this.schedule(this.every);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onView);
    clearTimeout(this.timer);
  }

  get every() {
    return Number(this.getAttribute("every"));
  }

  get busy() {
    const filled = (field) => (field.type === "radio" ? field.checked : field.value || field === document.activeElement);
    return this.querySelector("[data-open]") !== null || [...this.querySelectorAll("input:not([type=hidden])")].some(filled);
  }

  schedule(seconds) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.ask(), seconds * 1000);
  }

  async ask() {
    try {
      const headers = { "HX-Request": "true", "If-None-Match": this.getAttribute("version") ?? "" };
      const answer = await fetch(this.getAttribute("src"), { headers, redirect: "manual", cache: "no-store" });
      // Logged out elsewhere: nobody is asked any more.
      if (answer.type === "opaqueredirect") return;
      if (answer.status === 200 && !this.busy) this.show(await answer.text(), answer.headers.get("ETag"));
    } catch {
      // No connection: what is shown stays, the next round tries again.
    }
    if (this.every) this.schedule(this.every);
  }

  show(html, version) {
    const focused = this.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    this.innerHTML = html;
    if (version) this.setAttribute("version", version);
    if (focused) this.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    this.removeAttribute("aria-busy");
    // Read aloud what moved, and not the whole page.
    const said = this.querySelector("[data-say]")?.textContent.trim();
    const voice = document.getElementById("said");
    if (voice && said && voice.textContent !== said) voice.textContent = said;
  }
}

customElements.define("live-part", LivePart);
