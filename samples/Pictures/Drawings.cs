using SkiaSharp;

namespace Pictures;

/// <summary>
/// Drawings to try the sample with: figures of any place, size, slant and brightness, on paper of any brightness. The same folder is
/// drawn each time.
/// </summary>
internal static class Drawings
{
    private const int Side = 32;
    private const int OfEachClass = 500;
    private const int NewOfEach = 10;

    // Corners of each figure, the middle of the picture being 0, 0 and its edges 1 away.
    private static readonly Dictionary<string, Dictionary<string, SKPoint[]>> Tasks = new()
    {
        ["shapes"] = new()
        {
            ["circle"] = Polygon(40),
            ["square"] = Polygon(4),
            ["triangle"] = Polygon(3),
        },
        ["letters"] = new()
        {
            ["l"] = [new(-.4f, -.7f), new(-.4f, .7f), new(.4f, .7f)],
            ["v"] = [new(-.5f, -.7f), new(0, .7f), new(.5f, -.7f)],
            ["z"] = [new(-.5f, -.6f), new(.5f, -.6f), new(-.5f, .6f), new(.5f, .6f)],
        },
    };

    // Of no task.
    private static readonly Dictionary<string, SKPoint[]> Others = new()
    {
        ["dash"] = [new(-.8f, 0), new(.8f, 0)],
        ["wave"] = [.. Enumerable.Range(-20, 41).Select(n => new SKPoint(n / 22f, .6f * MathF.Sin(n / 2f)))],
    };

    /// <summary>Draws two tasks to learn, and into a folder "new" pictures to ask about, of both and of neither.</summary>
    /// <param name="folder">Where; what is there is drawn over.</param>
    public static void Draw(string folder)
    {
        Random random = new(1);
        string asked = Path.Combine(folder, "new");
        foreach ((string task, Dictionary<string, SKPoint[]> classes) in Tasks)
        {
            foreach ((string name, SKPoint[] figure) in classes)
            {
                DrawAll(Path.Combine(folder, task, name), "", OfEachClass, figure, task == "shapes", random);
                DrawAll(asked, name, NewOfEach, figure, task == "shapes", random);
            }
        }

        foreach ((string name, SKPoint[] figure) in Others) DrawAll(asked, name, NewOfEach, figure, closed: false, random);
    }

    private static void DrawAll(string folder, string name, int count, SKPoint[] figure, bool closed, Random random)
    {
        Directory.CreateDirectory(folder);
        for (int n = 0; n < count; n++) DrawOne(Path.Combine(folder, $"{name}{n}.png"), figure, closed, random);
    }

    private static void DrawOne(string path, SKPoint[] figure, bool closed, Random random)
    {
        using SKBitmap bitmap = new(new SKImageInfo(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque));
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(Grey(Between(160, 255)));
        canvas.Translate((Side / 2) + Between(-3, 3), (Side / 2) + Between(-3, 3));
        canvas.RotateDegrees(Between(-12, 12));
        canvas.Scale(Between(9, 13));
        using SKPaint ink = new()
        {
            Color = Grey(Between(0, 90)),
            IsAntialias = true,
            Style = SKPaintStyle.Stroke,
            StrokeWidth = Between(.15f, .3f),
        };
        using SKPath line = new();
        line.AddPoly(figure, close: closed);
        canvas.DrawPath(line, ink);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, png.ToArray());

        float Between(float least, float most) => least + (random.NextSingle() * (most - least));
    }

    private static SKPoint[] Polygon(int corners) =>
    [
        .. Enumerable.Range(0, corners).Select(n => ((2 * n) + 1) * MathF.PI / corners)
            .Select(angle => new SKPoint(MathF.Sin(angle), MathF.Cos(angle))),
    ];

    private static SKColor Grey(float level) => new((byte)level, (byte)level, (byte)level);
}
