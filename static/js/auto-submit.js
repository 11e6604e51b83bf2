// <auto-submit><form>…</form></auto-submit> sends its form as soon as a choice changes. The button stays for pages without scripts.
class AutoSubmit extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("[type=submit]");
    if (button) button.hidden = true;
    this.addEventListener("change", (event) => event.target.form?.requestSubmit());
  }
}

customElements.define("auto-submit", AutoSubmit);
