// Turns cents into a price that people can read.

/** @param {number} cents */
export function price(cents) {
  const text = String(cents);
  const euros = text.slice(0, -2);
  const rest = text.slice(-2).padStart(2, "0");
  return `${euros}.${rest} EUR`;
}
