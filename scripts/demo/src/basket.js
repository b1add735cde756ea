// Adds up a basket. Prices are whole cents.

/** @param {{ name: string, cents: number, quantity: number }[]} items */
export function total(items) {
  let sum = 0;
  for (const item of items) {
    sum += item.cents;
  }
  return sum;
}

/** @param {number} cents @param {number} percent */
export function discount(cents, percent) {
  return Math.round(cents * (1 - percent / 100));
}
