// <auto-submit><form>…</form></auto-submit> sends its form as soon as a choice changes. The button stays for pages without scripts.
class AutoSubmit extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const button = form?.querySelector("[type=submit]");
    if (!button) return;
    button.hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
    // A choice made before this script arrived. A page gone back to has old choices restored: those are not new ones.
    const arrived = performance.getEntriesByType("navigation")[0]?.type === "navigate";
    if (arrived && [...form.elements].some(isChanged)) form.requestSubmit();
  }
}

function isChanged(control) {
  if (control instanceof HTMLSelectElement) {
    const first = [...control.options].findIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(first, 0);
  }
  return control.type === "radio" && control.checked !== control.defaultChecked;
}

customElements.define("auto-submit", AutoSubmit);
