// Numbers and times as people read them.

const whole = new Intl.NumberFormat("en");

/** 12,345 */
export const count = n => whole.format(n);

/** "1 task", "2 tasks" */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** 94.3 % */
export const percent = (share, digits = 1) => Number.isFinite(share) ? `${(100 * share).toFixed(digits)} %` : "–";

/** A number with so many significant digits; "–" where there is none. */
export function number(value, digits = 3) {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (value === 0) return "0";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size >= 1e6 || size < 1e-4) {
        const [mantissa, power] = value.toExponential(Math.max(0, digits - 2)).split("e");
        return `${mantissa}e${Number(power)}`.replaceAll("-", "−");
    }
    return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** 39.1 kB, decimal units */
export function bytes(n) {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (n >= 1000 && unit < units.length - 1) { n /= 1000; unit++; }
    return `${unit === 0 ? n : number(n, 3)} ${units[unit]}`;
}

/** 0.8 s, 3 min 20 s */
export function seconds(value) {
    if (value < 100) return `${number(value, 2)} s`;
    return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** Date and time of day; the exact point belongs into a title. */
export const moment = text => new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

/** Whether a task came in a file: what it was learned from, and how, is not told there. */
export const isImported = ({ order }) => order.recipe === "imported";

/** JSON has no infinities: a number that may be written as a text, or be missing. */
export const real = value => typeof value === "string" ? Number(value.replace("∞", "Infinity")) : value ?? NaN;

/** 784-300-100-500, or resnet18-20/3x32x32-5 */
export const network = spec => spec.plan;

/** Whether it is linear layers with ReLU between them: then tasks are told apart by a gradient, else by running all masks. */
export const isChain = spec => /^\d+(-\d+)+$/.test(spec.plan);
