/** Shows pixels, [rows * columns] of 0..255, on a canvas of as many, white on black; null shows none. */
export function showPixels(canvas, pixels) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let n = 0; n < canvas.width * canvas.height; n++) {
        const value = pixels ? pixels[n] : 0;
        image.data.set([value, value, value, 255], 4 * n);
    }
    context.putImageData(image, 0, 0);
}
