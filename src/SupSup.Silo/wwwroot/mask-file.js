// Packed mask files (docs/formats.md).

const HEAD = 28;

/** For each input the share of the first layer's weights that a mask keeps. */
export function keptOfInputs(buffer) {
    const view = new DataView(buffer), layers = view.getUint16(10, true);
    const rows = view.getUint32(HEAD, true), columns = view.getUint32(HEAD + 4, true);
    const bits = new Uint8Array(buffer, HEAD + 16 * layers);
    const kept = new Float32Array(columns);
    for (let row = 0, n = 0; row < rows; row++)
        for (let column = 0; column < columns; column++, n++) kept[column] += bits[n >> 3] >> (n & 7) & 1;
    return kept.map(sum => sum / rows);
}
