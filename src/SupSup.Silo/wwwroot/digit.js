// From the strokes of a pen to pixels as MNIST's are: of an image of 28 by 28 the drawing fits into 20 by 20, keeps its shape,
// is anti-aliased, and its centre of mass lies in the middle. Of images of another size, in proportion.

const SIDE = 28;
const BOX = 20;
const PEN = 2.5; // what a pen's line is wide in MNIST once the digit is scaled, in pixels
const FINE = 6; // each pixel is the mean of 6 by 6 finer ones
const MOST = 60; // pixels per unit, at most: a dot stays a dot

/**
 * @param {number[][][]} strokes lines of [x, y] in units of the pad's longer side
 * @param {{rows: number, columns: number}} size the image's
 * @returns {number[]|null} [rows * columns] of 0..255; null where nothing was drawn
 */
export function toPixels(strokes, size) {
    const points = strokes.flat();
    if (points.length === 0) return null;
    const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const { rows, columns } = size, side = Math.min(rows, columns), pen = PEN * side / SIDE;
    const zoom = Math.min(MOST * Math.max(rows, columns) / SIDE, (BOX * side / SIDE - pen) / Math.max(x1 - x0, y1 - y0, 1e-6));
    const place = { zoom, pen, dx: columns / 2 - zoom * (x0 + x1) / 2, dy: rows / 2 - zoom * (y0 + y1) / 2 };
    const [mx, my] = centre(draw(strokes, place, size), size);
    return shrink(draw(strokes, { ...place, dx: place.dx + columns / 2 - mx, dy: place.dy + rows / 2 - my }, size), size);
}

/** Draws strokes on a context, a unit being so many of its pixels. */
export function drawStrokes(context, strokes, { zoom, dx, dy, pen }) {
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#fff";
    context.lineWidth = pen;
    for (const stroke of strokes) {
        const at = stroke.map(([x, y]) => [zoom * x + dx, zoom * y + dy]);
        context.beginPath();
        context.moveTo(...at[0]);
        if (at.length === 1) context.lineTo(at[0][0] + 0.01, at[0][1]);
        for (let n = 1; n < at.length - 1; n++)
            context.quadraticCurveTo(...at[n], (at[n][0] + at[n + 1][0]) / 2, (at[n][1] + at[n + 1][1]) / 2);
        if (at.length > 1) context.lineTo(...at.at(-1));
        context.stroke();
    }
}

// The ink, [6 rows × 6 columns] of 0..255.
function draw(strokes, { zoom, dx, dy, pen }, { rows, columns }) {
    const canvas = new OffscreenCanvas(columns * FINE, rows * FINE);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    drawStrokes(context, strokes, { zoom: FINE * zoom, dx: FINE * dx, dy: FINE * dy, pen: FINE * pen });
    return context.getImageData(0, 0, columns * FINE, rows * FINE).data.filter((_, n) => n % 4 === 3);
}

function centre(ink, { columns }) {
    let mass = 0, x = 0, y = 0;
    for (let n = 0; n < ink.length; n++) {
        mass += ink[n];
        x += ink[n] * (n % (columns * FINE) + 0.5);
        y += ink[n] * (Math.floor(n / (columns * FINE)) + 0.5);
    }
    return [x / mass / FINE, y / mass / FINE];
}

function shrink(ink, { rows, columns }) {
    const sums = new Array(rows * columns).fill(0);
    for (let n = 0; n < ink.length; n++) {
        const column = Math.floor(n % (columns * FINE) / FINE), row = Math.floor(n / (columns * FINE) / FINE);
        sums[row * columns + column] += ink[n];
    }
    return sums.map(sum => Math.round(sum / (FINE * FINE)));
}
