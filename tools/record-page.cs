#!/usr/bin/env dotnet
#:package Microsoft.Playwright
#:package SkiaSharp
#:package SkiaSharp.NativeAssets.Linux.NoDependencies
#:property PublishAot=false

// Records the page at work, docs/images/page-at-work.webp: dotnet run tools/record-page.cs URL TARGET.webp
// URL is that of a silo with an empty store, such as `./supsup silo --store DIR` serves. A system's Chromium, without a screen, creates a
// model on the page, has it learn ten tasks of permuted MNIST, draws a zero and takes a test image, both seen as some task orders
// pixels, and evaluates. What changes on the page is a frame. How long it is shown at most depends on what is being done, so that the
// recording takes half a minute on any machine: learning and evaluating are in fast motion. The file is an animated WebP
// (https://developers.google.com/speed/webp/docs/riff_container), whose frames are the parts that changed.
using System.Diagnostics;
using Microsoft.Playwright;
using SkiaSharp;

const int Width = 1120, Height = 760;
const int Tasks = 10;
const int Between = 200; // ms from one look at the page to the next

// For how many ms a frame is shown at most: while the silo works, while the mouse is used, and where there is something to read.
const int Working = 60, Using = 160, Reading = 1800;

// Follows the mouse, which pictures of a page do not have.
const string Cursor = """
    addEventListener("DOMContentLoaded", () => {
        const dot = document.createElement("div");
        Object.assign(dot.style, { position: "fixed", width: "18px", height: "18px", margin: "-9px", borderRadius: "9px", zIndex: "9999",
            background: "rgba(213, 94, 0, .6)", border: "2px solid white", pointerEvents: "none", left: "-50px", top: "-50px" });
        document.documentElement.append(dot);
        addEventListener("pointermove", e => Object.assign(dot.style, { left: `${e.clientX}px`, top: `${e.clientY}px` }), true);
    });
    """;

if (args is not [string url, string target])
{
    Console.Error.WriteLine("usage: dotnet run tools/record-page.cs URL TARGET.webp");
    return 2;
}

string? program = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
if (program is null)
{
    Console.Error.WriteLine("no Chromium is installed; install chromium");
    return 1;
}

using IPlaywright playwright = await Playwright.CreateAsync();
await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program });
IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = Width, Height = Height } });
page.SetDefaultTimeout(600_000);
await page.AddInitScriptAsync(Cursor);
await page.GotoAsync(url);
await page.Locator("#creation summary").WaitForAsync();

List<(byte[] Picture, long At, int Longest)> looks = [];
int longest = Using;
Stopwatch clock = Stopwatch.StartNew();
using CancellationTokenSource done = new();
Task looking = LookAsync();
await UseAsync();
await done.CancelAsync();
await looking;
File.WriteAllBytes(target, Animation());
Console.Error.WriteLine($"{target}: {new FileInfo(target).Length / 1024} KB");
return 0;

// One after another what a person does, with time to see it.
async Task UseAsync()
{
    await ClickAsync(page.Locator("#creation summary"));
    await TypeAsync(page.Locator("#create input[name=name]"), "digits");
    await TypeAsync(page.Locator("#create input[name=network]"), "784-300-100-100");
    await ClickAsync(page.GetByRole(AriaRole.Button, new() { Name = "Create" }));
    await TypeAsync(page.GetByLabel("Number of tasks"), $"{Tasks}");
    await ClickAsync(page.GetByRole(AriaRole.Button, new() { Name = "Train", Exact = true }));
    await ClickAsync(page.GetByRole(AriaRole.Link, new() { Name = "See the curves" }));
    longest = Working;
    await page.Locator("#curves [data-state=Trained]").Nth(Tasks - 1).WaitForAsync();
    await ReadAsync();

    await ClickAsync(page.Locator("#nav a[data-view=draw]"));
    await TypeAsync(page.Locator("#as-task"), "4");
    ILocator pad = page.Locator("#pad .ink");
    await pad.ScrollIntoViewIfNeededAsync();
    LocatorBoundingBoxResult box = (await pad.BoundingBoxAsync())!;
    for (int n = 0; n <= 32; n++)
    {
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * n / 32);
        await page.Mouse.MoveAsync(
            (float)(box.X + (box.Width * (0.5 + (0.2 * sine)))), (float)(box.Y + (box.Height * (0.5 - (0.32 * cosine)))));
        if (n == 0) await page.Mouse.DownAsync();
        await Task.Delay(40);
    }

    await page.Mouse.UpAsync();
    await page.Locator("#inferred-task").WaitForAsync();
    await ReadAsync();
    await TypeAsync(page.Locator("#as-task"), "7");
    await ClickAsync(page.Locator("#take"));
    await ReadAsync();

    await ClickAsync(page.Locator("#nav a[data-view=accuracy]"));
    await ClickAsync(page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }));
    longest = Working;
    await page.Locator("#results .dot.inferred").Nth(Tasks - 1).WaitForAsync();
    await ReadAsync();
}

async Task ClickAsync(ILocator what)
{
    await what.ScrollIntoViewIfNeededAsync();
    LocatorBoundingBoxResult box = (await what.BoundingBoxAsync())!;
    await page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2), new() { Steps = 3 });
    await Task.Delay(2 * Between);
    await what.ClickAsync();
    await Task.Delay(2 * Between);
}

async Task TypeAsync(ILocator field, string text)
{
    await ClickAsync(field);
    await field.FillAsync(text);
    await Task.Delay(2 * Between);
}

async Task ReadAsync()
{
    longest = Reading;
    await Task.Delay(Reading + Between);
    longest = Using;
}

async Task LookAsync()
{
    while (!done.IsCancellationRequested)
    {
        byte[] picture = await page.ScreenshotAsync();
        if (looks.Count == 0 || !looks[^1].Picture.AsSpan().SequenceEqual(picture))
            looks.Add((picture, clock.ElapsedMilliseconds, longest));
        else looks[^1] = looks[^1] with { Longest = Math.Max(looks[^1].Longest, longest) };
        await Task.Delay(Between);
    }
}

byte[] Animation()
{
    using MemoryStream frames = new();
    SKBitmap? last = null;
    long shown = 0;
    foreach (((byte[] picture, long at, int most), int n) in looks.Select((look, n) => (look, n)))
    {
        long hold = Math.Min(most, (n + 1 < looks.Count ? looks[n + 1].At : clock.ElapsedMilliseconds) - at);
        shown += hold;
        SKBitmap now = SKBitmap.Decode(picture);
        SKRectI part = Changed(last, now);
        using MemoryStream frame = new();
        frame.Write([.. Three(part.Left / 2), .. Three(part.Top / 2), .. Three(part.Width - 1), .. Three(part.Height - 1)]);
        frame.Write([.. Three(hold), 2]); // 2: in place of what was there
        frame.Write(Encoded(now, part));
        Write(frames, "ANMF", frame.ToArray());
        last?.Dispose();
        last = now;
    }

    last?.Dispose();
    Console.Error.WriteLine($"{looks.Count} frames, {shown / 1000.0:F1} s");
    using MemoryStream content = new();
    content.Write("WEBP"u8);
    Write(content, "VP8X", [2, 0, 0, 0, .. Three(Width - 1), .. Three(Height - 1)]); // 2: has an animation
    Write(content, "ANIM", [255, 255, 255, 255, 0, 0]); // white behind it, and it begins again for ever
    frames.WriteTo(content);
    using MemoryStream file = new();
    Write(file, "RIFF", content.ToArray());
    return file.ToArray();
}

// The rectangle around all pixels that differ, which begins at even places, as frames must.
static SKRectI Changed(SKBitmap? last, SKBitmap now)
{
    if (last is null) return new(0, 0, now.Width, now.Height);
    (int left, int top, int right, int bottom) = (now.Width, now.Height, 0, 0);
    SKColor[] before = last.Pixels, after = now.Pixels;
    for (int n = 0; n < after.Length; n++)
    {
        if (before[n] == after[n]) continue;
        (int x, int y) = (n % now.Width, n / now.Width);
        (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1));
    }

    return right == 0 ? new(0, 0, 2, 2) : new(left & ~1, top & ~1, right, bottom);
}

// A part of a picture as the chunk that a file of it alone has after its head, "RIFF", size and "WEBP".
static byte[] Encoded(SKBitmap picture, SKRectI part)
{
    using SKBitmap cut = new(new SKImageInfo(part.Width, part.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
    using (SKCanvas canvas = new(cut)) canvas.DrawBitmap(picture, -part.Left, -part.Top);
    using SKPixmap pixels = cut.PeekPixels();
    using SKData data = pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 65))
        ?? throw new InvalidOperationException("this SkiaSharp writes no WebP");
    return data.ToArray()[12..];
}

// A chunk: name, size, content, and a byte more where the size is odd.
static void Write(Stream file, string name, byte[] content)
{
    file.Write([.. System.Text.Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes(content.Length), .. content]);
    if (content.Length % 2 == 1) file.WriteByte(0);
}

static byte[] Three(long number) => [(byte)number, (byte)(number >> 8), (byte)(number >> 16)];
