// <chip-row> scrolls its row of filters so that the chosen one can be seen, where it can't.
class ChipRow extends HTMLElement {
  connectedCallback() {
    const chosen = this.querySelector("[aria-current]");
    const row = chosen?.parentElement;
    const hidden = row && (chosen.offsetLeft < row.scrollLeft || chosen.offsetLeft + chosen.offsetWidth > row.scrollLeft + row.clientWidth);
    if (hidden) row.scrollLeft = chosen.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
  }
}

customElements.define("chip-row", ChipRow);
