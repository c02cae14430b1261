using Microsoft.Playwright;

namespace SupSup.Page.Tests;

/// <summary>A digit drawn by mouse.</summary>
internal static class DrawnDigit
{
    /// <summary>Draws a zero on the pad: an upright ellipse, in one stroke.</summary>
    public static async Task DrawZeroAsync(this IPage page)
    {
        ILocator pad = page.Locator("#pad .ink");
        await pad.ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult box = (await pad.BoundingBoxAsync())!;
        for (int n = 0; n <= 32; n++)
        {
            double angle = 2 * Math.PI * n / 32;
            await page.Mouse.MoveAsync((float)(box.X + (box.Width * (0.5 + (0.2 * Math.Sin(angle))))),
                (float)(box.Y + (box.Height * (0.5 - (0.32 * Math.Cos(angle))))));
            if (n == 0) await page.Mouse.DownAsync();
        }

        await page.Mouse.UpAsync();
    }
}
