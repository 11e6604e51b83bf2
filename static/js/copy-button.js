// <copy-button value="…" done="Copied"><button>…</button></copy-button> puts its value on the clipboard and says so.
class CopyButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", () => this.copy());
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.getAttribute("value"));
    } catch {
      return;
    }
    const status = this.querySelector("[role=status]");
    if (!status) return;
    status.textContent = this.getAttribute("done");
    this.dataset.done = "";
    setTimeout(() => {
      delete this.dataset.done;
      status.textContent = "";
    }, 2000);
  }
}

customElements.define("copy-button", CopyButton);
