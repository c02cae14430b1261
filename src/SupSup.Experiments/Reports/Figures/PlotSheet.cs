using ScottPlot;
using SkiaSharp;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Reports.Figures;

/// <summary>Several plots on one sheet.</summary>
/// <param name="width">Its width in pixels.</param>
/// <param name="height">Its height in pixels.</param>
internal sealed class PlotSheet(int width, int height) : IDisposable
{
    private readonly List<(Plot Plot, PixelRect Place)> _plots = [];

    /// <summary>Adds a plot.</summary>
    /// <param name="plot">The plot; it is disposed of with the sheet.</param>
    /// <param name="left">Where it begins, in pixels from the left.</param>
    /// <param name="top">Where it begins, in pixels from the top.</param>
    /// <param name="wide">Its width in pixels.</param>
    /// <param name="high">Its height in pixels.</param>
    public void Add(Plot plot, int left, int top, int wide, int high) =>
        _plots.Add((plot, new PixelRect(left, left + wide, top + high, top)));

    /// <summary>Saves the sheet as PNG and as SVG.</summary>
    /// <param name="path">The files, without extension.</param>
    public void Save(string path)
    {
        using SKBitmap bitmap = new(width, height);
        using (SKCanvas canvas = new(bitmap)) Draw(canvas);
        AtomicFile.Write($"{path}.png", temporary =>
        {
            using FileStream file = File.Create(temporary);
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        });
        AtomicFile.Write($"{path}.svg", temporary =>
        {
            using FileStream file = File.Create(temporary);
            using SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(width, height), file);
            Draw(canvas);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((Plot plot, _) in _plots) plot.Dispose();
    }

    private void Draw(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        foreach ((Plot plot, PixelRect place) in _plots)
        {
            // A plot clears all that it may draw on.
            canvas.Save();
            canvas.ClipRect(SKRect.Create(place.Left, place.Top, place.Width, place.Height));
            plot.Render(canvas, place);
            canvas.Restore();
        }
    }
}
