// Scales of charts.

/** Round values within [min, max], about as many as asked for. */
export function ticks(min, max, about = 5) {
    const span = max - min;
    if (!(span > 0)) return [min];
    const raw = span / Math.max(1, about);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map(m => m * power).find(size => size >= raw * 0.999);
    const first = Math.ceil(min / step - 1e-9);
    const values = [];
    for (let n = first; n * step <= max + step * 1e-9; n++) values.push(Number((n * step).toPrecision(12)));
    return values;
}

/** Maps [min, max] to pixels [from, to]. */
export function scale(min, max, from, to) {
    const span = max - min || 1;
    return value => from + (value - min) / span * (to - from);
}

/** Whole values only. */
export const wholeTicks = (min, max, about) => ticks(min, max, about).filter(Number.isInteger);
