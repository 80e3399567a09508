/** Put a fixed element below or above `anchor`, inside the window, its start or end edge on the anchor's. */
export function place(element: HTMLElement, anchor: Element, wanted: "below" | "above"): void {
  const gap = 6;
  const box = anchor.getBoundingClientRect();
  const { width, height } = element.getBoundingClientRect();
  const fitsBelow = box.bottom + gap + height <= innerHeight - gap;
  const fitsAbove = box.top - gap - height >= gap;
  const below = wanted === "below" ? fitsBelow || !fitsAbove : !fitsAbove;
  const top = below ? box.bottom + gap : box.top - gap - height;
  const start = box.left + width <= innerWidth - gap ? box.left : box.right - width;
  const left = wanted === "above" ? box.left + box.width / 2 - width / 2 : start;
  element.style.top = `${Math.max(gap, Math.min(top, innerHeight - height - gap))}px`;
  element.style.left = `${Math.max(gap, Math.min(left, innerWidth - width - gap))}px`;
}
