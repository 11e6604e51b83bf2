// <chip-row> scrolls its row of filters so that the chosen one can be seen.
class ChipRow extends HTMLElement {
  connectedCallback() {
    const chosen = this.querySelector("[aria-current]");
    const row = chosen?.parentElement;
    if (row) row.scrollLeft = chosen.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
  }
}

customElements.define("chip-row", ChipRow);
